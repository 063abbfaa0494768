import type { SaliencyCosines } from "../report/report.ts";

/**
 * How alike networks look at the same pixels (Jones et al., UAI 2022): the cosine between their gradients of the score that
 * each gives the class that it names itself, as a mean over images with its standard error.
 */
export class SaliencySums {
  readonly #models: number;
  /** By row and column: count, sum, sum of squares. */
  readonly #cells: { count: number; sum: number; squares: number }[][];

  constructor(models: number) {
    this.#models = models;
    this.#cells = Array.from({ length: models }, () =>
      Array.from({ length: models }, () => ({ count: 0, sum: 0, squares: 0 })),
    );
  }

  /** Takes the gradients of all models for one image; a model without one, or whose gradient is 0, has no cosine there. */
  take(gradients: readonly (ArrayLike<number> | undefined)[]): void {
    const lengths = gradients.map((gradient) => (gradient ? Math.sqrt(dot(gradient, gradient)) : 0));
    for (let i = 0; i < this.#models; i++) {
      for (let j = i; j < this.#models; j++) {
        const [a, b] = [gradients[i], gradients[j]];
        const size = lengths[i]! * lengths[j]!;
        if (!a || !b || !(size > 0) || !Number.isFinite(size)) continue;
        const cosine = i === j ? 1 : dot(a, b) / size;
        for (const cell of new Set([this.#cells[i]![j]!, this.#cells[j]![i]!])) {
          cell.count++;
          cell.sum += cosine;
          cell.squares += cosine * cosine;
        }
      }
    }
  }

  get result(): SaliencyCosines {
    return {
      mean: this.#cells.map((row) => row.map(({ count, sum }) => (count > 0 ? sum / count : null))),
      error: this.#cells.map((row) =>
        row.map(({ count, sum, squares }) => {
          if (count < 2) return null;
          const variance = Math.max(0, squares - (sum * sum) / count) / (count - 1);
          return Math.sqrt(variance / count);
        }),
      ),
    };
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
