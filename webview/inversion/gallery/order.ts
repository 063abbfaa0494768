/** Which pairs of seed and target the gallery shows, and in which order. */
import type { InversionClasses, InversionReport } from "../../../src/core/report/report.ts";
import type { GallerySort } from "../place.ts";

export interface GalleryPair {
  /** Position in the report. */
  readonly index: number;
  /** The largest of the models'. */
  readonly residual: number;
  /** How often a model names an inversion otherwise than the model that made it. */
  readonly disagreements: number;
}

export function galleryPairs({ pairs, residual, classes }: InversionReport): readonly GalleryPair[] {
  return pairs.targets.map((_, index) => ({
    index,
    residual: Math.max(...residual.map((own) => own[index] ?? 0)),
    disagreements: disagreements(classes, index),
  }));
}

/** Largest first, where it is not the report's order; what is equal stays in that order. */
export function arranged(
  pairs: readonly GalleryPair[],
  sort: GallerySort,
  onlyDisagreements: boolean,
): readonly GalleryPair[] {
  const shown = onlyDisagreements ? pairs.filter((pair) => pair.disagreements > 0) : pairs;
  if (sort === "order") return shown;
  const key = ({ residual, disagreements: found }: GalleryPair): number => (sort === "residual" ? residual : found);
  return shown.toSorted((a, b) => key(b) - key(a));
}

/** Whether a model names an inversion otherwise than the model that made it; `undefined` where either names none. */
export function disagrees(
  classes: InversionClasses | undefined,
  inverting: number,
  naming: number,
  pair: number,
): boolean | undefined {
  const of = (model: number): number | undefined => classes?.inversions[inverting]?.[model]?.[pair];
  const [own, other] = [of(inverting), of(naming)];
  return own === undefined || other === undefined ? undefined : own !== other;
}

function disagreements(classes: InversionClasses | undefined, pair: number): number {
  const models = classes?.inversions.length ?? 0;
  let found = 0;
  for (let i = 0; i < models; i++) {
    for (let j = 0; j < models; j++) if (disagrees(classes, i, j, pair) === true) found++;
  }
  return found;
}
