import { addInnerProducts, padded } from "./innerProducts.ts";

/**
 * The n × n inner products of one representation's samples, taken after a common centre was subtracted from the
 * features, which is exact for every measure that centres (CKA does not see translations) and keeps seven digits that
 * float32 would lose on features with large means.
 */
export interface Gram {
  /** Number of samples n. */
  readonly size: number;
  /** Upper triangle with diagonal, row by row: `packedLength(n)` numbers. */
  readonly packed: Float32Array | Float64Array;
  /** What rounding alone can make of an entry that should be 0; `NaN` where an entry is not finite. */
  readonly noise: number;
}

/** Four roundings of float32, relative: a deviation below this share of a value's own size is not a signal. */
const float32Noise = 2 ** -22;
const float64Noise = 2 ** -50;

/** Features that are centred at a time by {@link gramOf}. */
const featureBlock = 512;

/** How many numbers the packed Gram of n samples takes. */
export function packedLength(size: number): number {
  return (size * (size + 1)) / 2;
}

/**
 * Packs an n × n Gram as it left the runtime; of the two triangles, which differ by rounding, the upper one counts.
 * @param offset Squared length of the origin that was subtracted from every sample: what is left of a constant
 *   representation is rounding relative to it. 0 where it is not known.
 */
export function packGram(square: Float32Array, size: number, offset = 0): Gram {
  const packed = new Float32Array(packedLength(size));
  let at = 0;
  for (let row = 0; row < size; row++) {
    packed.set(square.subarray(row * size + row, (row + 1) * size), at);
    at += size - row;
  }
  return packedGram(packed, size, offset);
}

/** A Gram whose float32 entries are packed already, e.g. block by block; `offset` as for {@link packGram}. */
export function packedGram(packed: Float32Array, size: number, offset = 0): Gram {
  return { size, packed, noise: noiseOf(packed, float32Noise, float32Noise ** 2 * offset) };
}

/**
 * The float64 Gram of a representation in memory, n × d, rows are samples. Features are centred on the first sample
 * and then on what mean is left, so that a constant feature becomes exactly 0 and a large mean costs no digits.
 */
export function gramOf(representation: Float32Array | Float64Array, size: number, width: number): Gram {
  const square = new Float64Array(padded(size) ** 2);
  const depth = Math.min(featureBlock, width);
  const block = new Float64Array(padded(size) * depth);
  let offset = 0;
  for (let first = 0; first < width; first += depth) {
    const features = Math.min(depth, width - first);
    block.fill(0);
    for (let feature = 0; feature < features; feature++) {
      const origin = representation[first + feature]!;
      let mean = 0;
      for (let s = 0; s < size; s++) mean += representation[s * width + first + feature]! - origin;
      mean /= size;
      for (let s = 0; s < size; s++) {
        block[s * depth + feature] = representation[s * width + first + feature]! - origin - mean;
      }
      offset += (origin + mean) ** 2;
    }
    addInnerProducts(block, padded(size), block, padded(size), depth, square, true);
  }
  const packed = new Float64Array(packedLength(size));
  let at = 0;
  for (let row = 0; row < size; row++) {
    const start = row * padded(size);
    packed.set(square.subarray(start + row, start + size), at);
    at += size - row;
  }
  const rounding = representation instanceof Float32Array ? float32Noise : float64Noise;
  return { size, packed, noise: noiseOf(packed, float64Noise, rounding ** 2 * offset) };
}

/** `relative` of the largest entry, which a Gram's own rounding may reach, plus what rounding the features leaves. */
function noiseOf(packed: Float32Array | Float64Array, relative: number, floor: number): number {
  let largest = 0;
  let finite = Number.isFinite(floor);
  for (const entry of packed) {
    const magnitude = Math.abs(entry);
    if (magnitude > largest) largest = magnitude;
    finite &&= magnitude < Infinity;
  }
  return finite ? relative * largest + floor : Number.NaN;
}
