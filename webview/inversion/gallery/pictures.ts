/** What the pictures of a pair are, and what they are called. */
import type { InversionReport, PairPictures } from "../../../src/core/report/report.ts";
import type { SideName } from "../sides.ts";
import { disagrees } from "./order.ts";

/** What a model says of a picture. */
export interface Naming {
  readonly mark: string;
  /** `class 3`, or what the class is called. */
  readonly named: string;
  /** It names an inversion otherwise than the model that made it. */
  readonly isOther: boolean;
}

/** One picture of a card. */
export interface GalleryPicture {
  readonly file: string;
  readonly title: string;
  readonly residual: number | undefined;
  readonly namings: readonly Naming[];
  /** The way there, of an inversion. */
  readonly descent: PairPictures["descents"][number] | undefined;
  /** Whole, for who does not see it. */
  readonly description: string;
}

/** Seed, target, and the inversion of each model, of one pair; empty where there are no pictures. */
export function picturesOf(
  inversion: InversionReport,
  sides: readonly SideName[],
  pair: number,
): readonly GalleryPicture[] {
  const files = inversion.pictures?.[pair];
  if (files === undefined) return [];
  const { classes, residual } = inversion;
  const called = (index: number): string => classes?.names?.[index] ?? `class ${index}`;
  const namings = (of: (model: number) => number | undefined, isOther: (model: number) => boolean): Naming[] =>
    sides.flatMap(({ mark }, j) => {
      const named = of(j);
      return named === undefined ? [] : [{ mark, named: called(named), isOther: isOther(j) }];
    });
  const never = (): boolean => false;
  const label = classes?.labels?.[pair];
  return [
    picture({
      file: files.seed,
      title: "Seed",
      namings: namings((j) => classes?.seeds[j]?.[pair], never),
    }),
    picture({
      file: files.target,
      title: label === undefined ? "Target" : `Target, ${called(label)}`,
      namings: namings((j) => classes?.targets[j]?.[pair], never),
    }),
    ...sides.map(({ mark }, i) =>
      picture({
        file: files.inversions[i] ?? "",
        title: `By ${mark}`,
        residual: residual[i]?.[pair],
        namings: namings(
          (j) => classes?.inversions[i]?.[j]?.[pair],
          (j) => disagrees(classes, i, j, pair) === true,
        ),
        descent: files.descents[i],
      }),
    ),
  ];
}

function picture(known: Pick<GalleryPicture, "file" | "title" | "namings"> & Partial<GalleryPicture>): GalleryPicture {
  const { title, namings, residual, descent } = known;
  const said = namings.map(({ mark, named, isOther }) => `${mark} says ${named}${isOther ? ", unlike its maker" : ""}`);
  const parts = [title, ...(residual === undefined ? [] : [`residual ${residualText(residual)}`]), ...said];
  return { ...known, residual, descent, description: parts.join("; ") };
}

/** Two digits that count: `0.0099`. */
export function residualText(residual: number): string {
  return String(Number(residual.toPrecision(2)));
}

/** Address of a file in the folder of the pictures. The time of the report keeps an older picture out. */
export function addressOf(base: string, file: string, created: string): string {
  return `${base}/${encodeURIComponent(file)}?${encodeURIComponent(created)}`;
}
