import type { Gram } from "../../../src/core/measures/gram.ts";

/** The n × n inner products of a representation's samples. */
export interface Square {
  readonly size: number;
  readonly values: Float64Array;
}

export type Estimator = "biased" | "unbiased";

/** Similarities of networks: rows invert, columns are asked. */
export type Similarities = readonly (readonly number[])[];

export function unpacked({ size, packed }: Gram): Square {
  const values = new Float64Array(size * size);
  let at = 0;
  for (let s = 0; s < size; s++) {
    for (let t = s; t < size; t++) values[s * size + t] = values[t * size + s] = packed[at++]!;
  }
  return { size, values };
}

/** The part of some samples, centred: HKH, or the U-centred form of the unbiased estimator. */
function centred({ size, values }: Square, picks: readonly number[], estimator: Estimator): Float64Array {
  const n = picks.length;
  const hollow = estimator === "unbiased";
  const out = new Float64Array(n * n);
  const sums = new Float64Array(n);
  let total = 0;
  for (let s = 0; s < n; s++) {
    const row = picks[s]! * size;
    for (let t = 0; t < n; t++) {
      if (hollow && s === t) continue;
      const value = values[row + picks[t]!]!;
      out[s * n + t] = value;
      sums[s]! += value;
    }
    total += sums[s]!;
  }
  const shift = hollow ? total / (2 * (n - 1) * (n - 2)) : total / (2 * n * n);
  const means = sums.map((sum) => sum / (hollow ? n - 2 : n) - shift);
  for (let s = 0; s < n; s++) {
    for (let t = 0; t < n; t++) out[s * n + t]! -= hollow && s === t ? 0 : means[s]! + means[t]!;
  }
  return out;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function cka(a: Float64Array, b: Float64Array): number {
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** What networks make of targets and of inversions. */
export interface Squares {
  /** By network. */
  readonly natural: readonly Square[];
  /** By inverting network, then by network. */
  readonly inverted: readonly (readonly Square[])[];
}

export type Kind = "natural" | "jones" | "stir";

/** Linear CKA of each network with each, over some of the samples. */
export function similarities(
  { natural, inverted }: Squares,
  kind: Kind,
  picks: readonly number[],
  estimator: Estimator,
): Similarities {
  const targets = kind === "jones" ? [] : natural.map((square) => centred(square, picks, estimator));
  if (kind === "natural") return targets.map((a) => targets.map((b) => cka(a, b)));
  return inverted.map((row, i) => {
    const grams = row.map((square) => centred(square, picks, estimator));
    return grams.map((gram, j) => cka(kind === "jones" ? grams[i]! : targets[j]!, gram));
  });
}
