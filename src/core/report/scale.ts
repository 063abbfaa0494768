/** What a measure's numbers mean: its name for people, its ends, and which end is alike. */
import type { MeasureMatrix } from "./report.ts";

export interface Scale {
  /** The value that is least alike and the value that is most alike. */
  readonly unlike: number;
  readonly alike: number;
  /** What the two ends say, for a legend. */
  readonly unlikeMeans: string;
  readonly alikeMeans: string;
}

/** `cka.linear.unbiased` → `CKA, linear, unbiased`. */
export function measureTitle(id: string): string {
  const [family = id, ...rest] = id.split(".");
  const title = acronyms.has(family) ? family.toUpperCase() : sentence(family);
  return [title, ...rest.map((part) => part.replaceAll("_", " "))].join(", ");
}

/** `cka.linear.unbiased` → `CKA`. */
export function measureFamily(id: string): string {
  return measureTitle(id).split(",", 1)[0]!;
}

/**
 * The scale of a matrix. Similarities run from 0 to 1. Distances run from their stated end (or, where they have none,
 * the largest value present) to 0.
 */
export function scaleOf(id: string, matrix: Pick<MeasureMatrix, "kind" | "range" | "values">): Scale {
  if (matrix.kind === "similarity") {
    const isCka = id.startsWith("cka.") && !isBiased(id);
    return {
      unlike: 0,
      alike: 1,
      unlikeMeans: isCka ? "nothing in common" : "unlike",
      alikeMeans: id.startsWith("cka.") ? "same up to rotation and scale" : "alike",
    };
  }
  return { unlike: statedEnd(matrix.range) ?? largest(matrix), alike: 0, unlikeMeans: "unlike", alikeMeans: "alike" };
}

/** Whether a measure reads above 0 for layers that have nothing in common. */
export function isBiased(id: string): boolean {
  return id.startsWith("cka.") && id.endsWith(".biased");
}

/** Where a value lies between unlike (0) and alike (1); below 0 where it is less than unlike. */
export function position(scale: Scale, value: number): number {
  return scale.unlike === scale.alike ? 1 : (value - scale.unlike) / (scale.alike - scale.unlike);
}

/** The better of two values, by the kind of measure. */
export function isMoreAlike(kind: MeasureMatrix["kind"], value: number, than: number): boolean {
  return kind === "similarity" ? value > than : value < than;
}

const acronyms = new Set(["cka", "cca", "svcca", "pwcca", "rsa", "hsic", "knn", "nbs", "cknna", "gulp", "ensd"]);

function sentence(family: string): string {
  const words = family.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Upper end of a range as measures state it: `[0,pi/2]`, `[0,sqrt 2]`, `[0,2]`; undefined for `[0,inf)`. */
function statedEnd(range: string): number | undefined {
  const end = /,\s*([^\])]+)[\])]/.exec(range)?.[1]?.trim();
  if (end === undefined) return undefined;
  const named = new Map([
    ["pi", Math.PI],
    ["pi/2", Math.PI / 2],
    ["sqrt 2", Math.SQRT2],
  ]).get(end);
  const number = named ?? Number(end);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function largest({ values }: Pick<MeasureMatrix, "values">): number {
  let found = 0;
  for (const row of values) for (const value of row) if (value !== null && value > found) found = value;
  return found;
}
