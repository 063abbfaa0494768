/** What is said of many images' residuals. */

/** Residual below which an inversion counts as converged. */
export const convergedBelow = 0.1;

/** `NaN` of none. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** By linear interpolation; `NaN` of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Share of the images that converged. */
export function shareConverged(residuals: ArrayLike<number>): number {
  const values = Array.from(residuals);
  return values.filter((residual) => residual < convergedBelow).length / values.length;
}

/** How residuals fell: the median over images of the best so far after some of the evaluations. */
export interface ResidualCurve {
  /** Evaluations before which there are as many steps: 0 is the seed. */
  readonly steps: readonly number[];
  readonly median: readonly number[];
}

const mostPoints = 100;

/** The curve of images' histories; an image that is done keeps its last residual. */
export function residualCurve(histories: readonly ArrayLike<number>[]): ResidualCurve {
  const last = histories.reduce((most, { length }) => Math.max(most, length), 0) - 1;
  const points = Math.min(last + 1, mostPoints);
  const steps = Array.from({ length: points }, (_, k) => (points < 2 ? 0 : Math.round((k * last) / (points - 1))));
  const begun = histories.filter(({ length }) => length > 0);
  return {
    steps,
    median: steps.map((step) => median(begun.map((history) => history[Math.min(step, history.length - 1)] ?? 0))),
  };
}
