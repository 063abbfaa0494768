import { type Gram, packedLength } from "./gram.ts";

/**
 * How a Gram is centred. Both forms are K_st − c_s − c_t and make every row sum to 0:
 * `double` is HKH with H = I − 11ᵀ/n; `unbiased` is the U-centring of Székely & Rizzo (2014), which also takes the
 * diagonal out and turns Song et al.'s unbiased HSIC (JMLR 2012, eq. 5) into a plain inner product.
 */
export type Centring = "unbiased" | "double";

/** A Gram with what centring subtracts; the centred entries are formed where they are used. */
export interface CentredGram {
  readonly size: number;
  readonly packed: Float32Array | Float64Array;
  readonly centring: Centring;
  /** c_s, one number per sample. */
  readonly shift: Float64Array;
  /** Trace of HKH, however the Gram is centred: the summed squared distance of the samples from their mean. */
  readonly spread: number;
}

/** The centred form of a Gram of n samples; `unbiased` needs n ≥ 3. */
export function centre(gram: Gram, centring: Centring): CentredGram {
  const { size, packed } = gram;
  const hollow = centring === "unbiased";
  const sums = new Float64Array(size);
  let trace = 0;
  let at = 0;
  for (let s = 0; s < size; s++) {
    const diagonal = packed[at++]!;
    trace += diagonal;
    let sum = hollow ? 0 : diagonal;
    for (let t = s + 1; t < size; t++, at++) {
      const entry = packed[at]!;
      sum += entry;
      sums[t]! += entry;
    }
    sums[s]! += sum;
  }
  const total = sums.reduce((a, b) => a + b, 0);
  const shift = hollow
    ? sums.map((sum) => (sum - total / (2 * (size - 1))) / (size - 2))
    : sums.map((sum) => (sum - total / (2 * size)) / size);
  const spread = trace - (hollow ? total + trace : total) / size;
  return { size, packed, centring, shift, spread };
}

/** Writes row `s` of the centred Gram, n numbers, into `out` from `at`. */
export function writeCentredRow(gram: CentredGram, s: number, out: Float64Array, at: number): void {
  const { size, packed, shift } = gram;
  const own = shift[s]!;
  // Down column s of the upper triangle to the diagonal, then along row s.
  let from = s;
  for (let t = 0; t < s; t++) {
    out[at + t] = packed[from]! - shift[t]! - own;
    from += size - t - 1;
  }
  for (let t = s; t < size; t++, from++) out[at + t] = packed[from]! - shift[t]! - own;
  if (gram.centring === "unbiased") out[at + s] = 0;
}

/**
 * Writes rows `first` to `end` (exclusive) of the upper triangle with diagonal, packed, so that inner products of all
 * rows add up to half that of the whole matrices: the diagonal, which counts once where the rest counts twice, is scaled
 * by √½. Returns how many numbers were written.
 */
export function writeCentredTriangle(
  gram: CentredGram,
  first: number,
  end: number,
  out: Float64Array,
  at: number,
): number {
  const { size, packed, shift } = gram;
  const hollow = gram.centring === "unbiased";
  const start = packedLength(size) - packedLength(size - first);
  let from = start;
  let to = at;
  for (let s = first; s < end; s++) {
    const own = shift[s]!;
    out[to++] = hollow ? 0 : (packed[from]! - 2 * own) * Math.SQRT1_2;
    from++;
    for (let t = s + 1; t < size; t++) out[to++] = packed[from++]! - own - shift[t]!;
  }
  return from - start;
}
