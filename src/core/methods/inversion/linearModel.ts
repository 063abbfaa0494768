/** What one evaluation tells of the map from pixels to representations: uᵀ J = g, u the unit difference from the target. */
interface Row {
  readonly difference: Float32Array;
  readonly gradient: Float32Array;
  /** Evaluations that there were before it. */
  readonly number: number;
}

/**
 * The map from pixels to representations near a point, as far as the last evaluations tell: each gives one row of a linear
 * model. Networks of rectifiers change their gradients within hundredths of a pixel's range, so that old rows count for less.
 */
export class LinearModel {
  readonly #memory: number;
  readonly #aging: number;
  readonly #rows: Row[] = [];
  /** Inner products of the gradients, memory × memory. */
  readonly #products: Float64Array;
  readonly #factor: Float64Array;
  #count = 0;

  /**
   * @param memory rows that are kept.
   * @param aging by how much a row's damping grows with each evaluation after it, as a share of the damping.
   */
  constructor(memory: number, aging: number) {
    this.#memory = memory;
    this.#aging = aging;
    this.#products = new Float64Array(memory * memory);
    this.#factor = new Float64Array(memory * memory);
  }

  /**
   * @param difference unit vector.
   * @param gradient of the difference's length with respect to the pixels; 0 where a pixel is not to be moved.
   */
  add(difference: Float32Array, gradient: Float32Array): void {
    const row = { difference, gradient, number: this.#count };
    const place = this.#count++ % this.#memory;
    this.#rows[place] = row;
    const size = this.#memory;
    const products = productsWith(this.#rows, gradient);
    for (const [other, product] of products.entries()) {
      this.#products[place * size + other] = this.#products[other * size + place] = product;
    }
  }

  /**
   * Adds to a vector of pixels the shortest move that takes a difference away, by the damped model:
   * −Gᵀ (G Gᵀ + D)⁻¹ U · difference.
   * @param damping as a share of the mean square of the gradients.
   */
  addMove(to: Float32Array, difference: Float32Array, damping: number): void {
    const lengths = this.#rows.map((row) => -dot(row.difference, difference));
    addCombination(to, this.#rows, this.#solve(lengths, damping));
  }

  /** By Cholesky's factors, in place. */
  #solve(values: number[], damping: number): number[] {
    const [size, count, factor] = [this.#memory, this.#rows.length, this.#factor];
    let trace = 0;
    for (let i = 0; i < count; i++) trace += this.#products[i * size + i]!;
    const scale = (damping * trace) / count;
    for (let i = 0; i < count; i++) {
      const age = this.#count - 1 - this.#rows[i]!.number;
      for (let j = 0; j <= i; j++) {
        let sum = this.#products[i * size + j]! + (i === j ? scale * (1 + this.#aging * age) : 0);
        for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
        factor[i * size + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / factor[j * size + j]!;
      }
    }
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < i; k++) values[i]! -= factor[i * size + k]! * values[k]!;
      values[i]! /= factor[i * size + i]!;
    }
    for (let i = count - 1; i >= 0; i--) {
      for (let k = i + 1; k < count; k++) values[i]! -= factor[k * size + i]! * values[k]!;
      values[i]! /= factor[i * size + i]!;
    }
    return values;
  }
}

/** Inner products of the rows' gradients with a vector. Four rows at a time: the vector is read less often. */
function productsWith(rows: readonly Row[], vector: Float32Array): number[] {
  const products: number[] = [];
  const { length } = vector;
  let row = 0;
  for (; row + 4 <= rows.length; row += 4) {
    const [g0, g1, g2, g3] = fourGradients(rows, row);
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < length; i++) {
      const value = vector[i]!;
      a += g0[i]! * value;
      b += g1[i]! * value;
      c += g2[i]! * value;
      d += g3[i]! * value;
    }
    products.push(a, b, c, d);
  }
  for (; row < rows.length; row++) products.push(dot(rows[row]!.gradient, vector));
  return products;
}

/** Adds the rows' gradients, each times its share. */
function addCombination(out: Float32Array, rows: readonly Row[], shares: readonly number[]): void {
  const { length } = out;
  let row = 0;
  for (; row + 4 <= rows.length; row += 4) {
    const [g0, g1, g2, g3] = fourGradients(rows, row);
    const [a, b, c, d] = [shares[row]!, shares[row + 1]!, shares[row + 2]!, shares[row + 3]!];
    for (let i = 0; i < length; i++) out[i]! += a * g0[i]! + b * g1[i]! + c * g2[i]! + d * g3[i]!;
  }
  for (; row < rows.length; row++) {
    const [gradient, share] = [rows[row]!.gradient, shares[row]!];
    for (let i = 0; i < length; i++) out[i]! += share * gradient[i]!;
  }
}

function fourGradients(rows: readonly Row[], row: number) {
  return [rows[row]!.gradient, rows[row + 1]!.gradient, rows[row + 2]!.gradient, rows[row + 3]!.gradient] as const;
}

/** Inner product. */
export function dot(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  const pairs = a.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    even += a[i]! * b[i]!;
    odd += a[i + 1]! * b[i + 1]!;
  }
  if (pairs < a.length) even += a[pairs]! * b[pairs]!;
  return even + odd;
}
