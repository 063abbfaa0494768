/** The tensors of a checkpoint as rows of a table: joined with their statistics, filtered and sorted. */
import { type DType, dtypeBits } from "../../src/core/graph/tensor.ts";
import { shape } from "../../src/core/report/format.ts";
import type { TensorReport } from "../../src/core/report/report.ts";
import type { TensorStatistics } from "../../src/protocol/view.ts";

export interface TensorRow {
  /** Place in the file. */
  readonly index: number;
  readonly name: string;
  readonly dtype: string;
  /** `64 × 3 × 3`. */
  readonly shape: string;
  readonly elements: number;
  readonly bytes: number;
  /** Absent until it is read. */
  readonly statistics: TensorStatistics | undefined;
}

export type SortKey =
  | "file"
  | "name"
  | "dtype"
  | "elements"
  | "minimum"
  | "mean"
  | "maximum"
  | "deviation"
  | "nonFinite";

export interface TableView {
  readonly filter: string;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly onlyNonFinite: boolean;
}

export const initialView: TableView = { filter: "", sort: "file", isDescending: false, onlyNonFinite: false };

/** All rows, in the order of the file. */
export function tensorRows(tensors: readonly TensorReport[], statistics: readonly TensorStatistics[]): TensorRow[] {
  const byName = new Map(statistics.map((each) => [each.name, each]));
  return tensors.map((tensor, index) => {
    const elements = tensor.shape.reduce<number>((product, size) => product * (typeof size === "number" ? size : 1), 1);
    const bits = dtypeBits[tensor.dtype as DType] ?? 0;
    return {
      index,
      name: tensor.name,
      dtype: tensor.dtype,
      shape: shape(tensor.shape),
      elements,
      bytes: Math.ceil((elements * bits) / 8),
      statistics: byName.get(tensor.name),
    };
  });
}

/** The module path that all names begin with, up to a dot; empty where there is none. */
export function sharedPath(rows: readonly TensorRow[]): string {
  const [first, ...others] = rows.map(({ name }) => name);
  if (first === undefined || others.length === 0) return "";
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same] === other[same]) same++;
    length = same;
  }
  return first.slice(0, first.lastIndexOf(".", length - 1) + 1);
}

/** The rows to show. Every word of the filter has to occur in the name, the type or the shape (written `64x3x3`). */
export function arrange(rows: readonly TensorRow[], view: TableView): readonly TensorRow[] {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = rows.filter((row) => {
    if (view.onlyNonFinite && !row.statistics?.nonFinite) return false;
    if (words.length === 0) return true;
    const text = `${row.name} ${row.dtype} ${row.shape.replaceAll(" × ", "x")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (view.sort === "file") return view.isDescending ? shown.reverse() : shown;
  const value = values[view.sort];
  const direction = view.isDescending ? -1 : 1;
  return shown.sort((a, b) => compared(value(a), value(b), direction) || a.index - b.index);
}

/** What a click on a column's title makes of the order: the column's own, then reversed, then the file's. */
export function sortedBy(view: TableView, key: SortKey): TableView {
  if (view.sort !== key) return { ...view, sort: key, isDescending: isNumeric(key) };
  if (view.isDescending === isNumeric(key)) return { ...view, isDescending: !view.isDescending };
  return { ...view, sort: "file", isDescending: false };
}

/** Of numbers, the large ones are looked for. */
function isNumeric(key: SortKey): boolean {
  return key !== "name" && key !== "dtype" && key !== "file";
}

type Value = string | number | null | undefined;

const values: Record<Exclude<SortKey, "file">, (row: TensorRow) => Value> = {
  name: ({ name }) => name,
  dtype: ({ dtype }) => dtype,
  elements: ({ elements }) => elements,
  minimum: ({ statistics }) => statistics?.minimum,
  mean: ({ statistics }) => statistics?.mean,
  maximum: ({ statistics }) => statistics?.maximum,
  deviation: ({ statistics }) => statistics?.standardDeviation,
  nonFinite: ({ statistics }) => statistics?.nonFinite,
};

const byName = new Intl.Collator("en", { numeric: true });

/** What has no value comes last, whichever way the others are sorted. */
function compared(a: Value, b: Value, direction: number): number {
  const isAbsent = (value: Value): boolean => value === null || value === undefined;
  if (isAbsent(a) || isAbsent(b)) return Number(isAbsent(a)) - Number(isAbsent(b));
  if (typeof a === "string" && typeof b === "string") return direction * byName.compare(a, b);
  return direction * (Number(a) - Number(b));
}
