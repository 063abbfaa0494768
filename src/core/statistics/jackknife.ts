import { studentT95 } from "./studentT.ts";

/**
 * Delete-one jackknife intervals for many estimates at once (Efron & Stein, Ann. Stat. 1981): with θ̂₋ₛ the estimate
 * without unit s of n, the variance is (n − 1)/n · Σ(θ̂₋ₛ − mean)², and the 95 % interval θ̂ ± t · se with Student's t at
 * n − 1 degrees. It is symmetric and not clamped to the measure's range.
 */
export class Jackknife {
  readonly #estimates: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #units = 0;

  /** @param estimates θ̂ from all units, one per cell. `NaN` stays `NaN`. */
  constructor(estimates: Float64Array) {
    this.#estimates = estimates;
    this.#sums = new Float64Array(estimates.length);
    this.#squares = new Float64Array(estimates.length);
  }

  /** The same estimates with one unit left out. A cell that is `NaN` once has no interval. */
  add(without: Float64Array): void {
    this.#units++;
    for (let cell = 0; cell < without.length; cell++) {
      // Deviations from θ̂, not raw values: the sum of squares then loses no digits.
      const deviation = without[cell]! - this.#estimates[cell]!;
      this.#sums[cell]! += deviation;
      this.#squares[cell]! += deviation * deviation;
    }
  }

  /** Half the width of the 95 % interval per cell; `NaN` where there is none. */
  margins(): Float64Array {
    const n = this.#units;
    const t = studentT95(n - 1);
    return this.#squares.map((square, cell) => {
      const scatter = square - this.#sums[cell]! ** 2 / n;
      // Rounding may take a scatter of 0 below it.
      return t * Math.sqrt(((n - 1) / n) * Math.max(scatter, 0));
    });
  }
}
