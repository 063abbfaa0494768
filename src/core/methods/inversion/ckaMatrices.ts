import { fullCka } from "../../measures/fullCka.ts";
import type { Gram } from "../../measures/gram.ts";
import type { Cells } from "../../measures/measure.ts";
import type { InversionMatrices, Matrix } from "../../report/report.ts";

/** One kind of similarity between models by both estimators of linear CKA: the matrices whose cell i, j compares the two Grams that `gramsOf` names. */
export function ckaMatrices(
  models: number,
  gramsOf: (i: number, j: number) => readonly [Gram, Gram],
): InversionMatrices {
  const cells = Array.from({ length: models }, (_, i) =>
    Array.from({ length: models }, (_, j) => {
      const [a, b] = gramsOf(i, j);
      return { biased: cka("double", a, b), unbiased: cka("unbiased", a, b) };
    }),
  );
  const matrix = (pick: (cell: { biased: Cells; unbiased: Cells }) => Matrix | undefined): Matrix =>
    cells.map((row) => row.map((cell) => pick(cell)?.[0]?.[0] ?? null));
  return {
    biased: matrix(({ biased }) => biased.values),
    unbiased: matrix(({ unbiased }) => unbiased.values),
    unbiasedLow: matrix(({ unbiased }) => unbiased.low),
    unbiasedHigh: matrix(({ unbiased }) => unbiased.high),
  };
}

function cka(centring: "double" | "unbiased", a: Gram, b: Gram): Cells {
  const work = fullCka(centring, [a], [b]);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Means over repeats, which take the interval's place with their standard deviations; a cell that one lacks is undefined. */
export function overRepeats(repeats: readonly InversionMatrices[]): InversionMatrices {
  const [first] = repeats;
  if (!first) throw new RangeError("no repeats");
  if (repeats.length === 1) return first;
  const combine = (pick: (each: InversionMatrices) => Matrix, how: (values: readonly number[]) => number): Matrix =>
    pick(first).map((row, i) =>
      row.map((_, j) => {
        const values = repeats.flatMap((each) => pick(each)[i]?.[j] ?? []);
        return values.length === repeats.length ? how(values) : null;
      }),
    );
  return {
    biased: combine(({ biased }) => biased, mean),
    unbiased: combine(({ unbiased }) => unbiased, mean),
    biasedDeviation: combine(({ biased }) => biased, deviation),
    unbiasedDeviation: combine(({ unbiased }) => unbiased, deviation),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: n − 1 in the denominator. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
