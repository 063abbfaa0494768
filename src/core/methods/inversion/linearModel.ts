import { type VectorKernels, vectorBytes, vectorKernels } from "./vectorKernels.ts";

/** What one evaluation tells of the map from pixels to representations: uᵀ J = g, u the unit difference from the target. */
interface Row {
  readonly difference: Float32Array;
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
  /** The rows' gradients, one behind the other, and the move behind them. */
  readonly #vectors: VectorKernels;
  /** Bytes of one of them. */
  readonly #stride: number;
  readonly #pixels: number;
  /** Inner products of the gradients, memory × memory. */
  readonly #products: Float64Array;
  readonly #factor: Float64Array;
  #count = 0;

  /**
   * @param memory rows that are kept.
   * @param aging by how much a row's damping grows with each evaluation after it, as a share of the damping.
   */
  constructor(pixels: number, memory: number, aging: number) {
    this.#memory = memory;
    this.#aging = aging;
    this.#pixels = pixels;
    this.#stride = Math.ceil((4 * pixels) / vectorBytes) * vectorBytes;
    this.#vectors = vectorKernels((memory + 1) * this.#stride);
    this.#products = new Float64Array(memory * memory);
    this.#factor = new Float64Array(memory * memory);
  }

  /**
   * @param difference unit vector.
   * @param gradient of the difference's length with respect to the pixels; 0 where a pixel is not to be moved.
   */
  add(difference: Float32Array, gradient: Float32Array): void {
    const place = this.#count % this.#memory;
    this.#rows[place] = { difference, number: this.#count++ };
    this.#vector(place).set(gradient);
    const [size, stride] = [this.#memory, this.#stride];
    for (let other = 0; other < this.#rows.length; other++) {
      const product = this.#vectors.dot(place * stride, other * stride, stride);
      this.#products[place * size + other] = this.#products[other * size + place] = product;
    }
  }

  /**
   * The shortest move that takes a difference away, by the damped model: −Gᵀ (G Gᵀ + D)⁻¹ U · difference. It holds until the
   * next call.
   * @param damping as a share of the mean square of the gradients.
   */
  move(difference: Float32Array, damping: number): Float32Array {
    const shares = this.#solve(
      this.#rows.map((row) => -dot(row.difference, difference)),
      damping,
    );
    const [stride, to] = [this.#stride, this.#memory * this.#stride];
    const move = this.#vector(this.#memory).fill(0);
    for (const [row, share] of shares.entries()) this.#vectors.addScaled(to, row * stride, stride, share);
    return move;
  }

  #vector(place: number): Float32Array {
    return new Float32Array(this.#vectors.memory, place * this.#stride, this.#pixels);
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
