import { Failure } from "../failure.ts";
import { toFloat32, toFloat64 } from "../graph/numbers.ts";
import { dtypeBits, elementCount } from "../graph/tensor.ts";
import type { ByteSource } from "./byteSource.ts";

/** Element types that widen to a floating-point number. */
export const numericDTypes = [
  "float64",
  "float32",
  "float16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
] as const;

export type NumericDType = (typeof numericDTypes)[number];

/** An array that lies in a file in one piece; its elements are read by ranges of its first axis. */
export interface StoredArray {
  readonly source: ByteSource;
  /** Where the first element begins. */
  readonly offset: number;
  readonly dtype: NumericDType;
  readonly littleEndian: boolean;
  /** First axis fastest, as Fortran and MATLAB store arrays, instead of last axis fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const maxRank = 32;

/**
 * Holds the declared shape against the bytes that are there, before anything is allocated for it.
 * @param format names the format in the failure's code, e.g. `npy`
 * @throws Failure `<format>/bad-shape`, `<format>/truncated`
 */
export function checkExtent(array: StoredArray, format: string): void {
  const { source, shape } = array;
  if (shape.length > maxRank || shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new Failure(`${format}/bad-shape`, `It declares the shape ${shapeText(shape)}.`, { file: source.name });
  }
  const bytes = (elementCount(shape) * dtypeBits[array.dtype]) / 8;
  if (array.offset + bytes > source.size) {
    throw new Failure(
      `${format}/truncated`,
      `Its shape ${shapeText(shape)} takes ${bytes} bytes, but ${Math.max(0, source.size - array.offset)} are there.`,
      { file: source.name, hint: "If the file is still being written or copied, try again when that is done." },
    );
  }
}

/**
 * Rows `start … start + count − 1` of the first axis, row-major, widened to floating point.
 * @returns `count × d` values; with float32, integers beyond 2^24 and float64 values are rounded to nearest
 */
export function readRows(array: StoredArray, start: number, count: number, as: "float32"): Float32Array<ArrayBuffer>;
export function readRows(array: StoredArray, start: number, count: number, as: "float64"): Float64Array<ArrayBuffer>;
export function readRows(array: StoredArray, start: number, count: number, as: "float32" | "float64") {
  const numbers = as === "float32" ? toFloat32 : toFloat64;
  const elementSize = dtypeBits[array.dtype] / 8;
  /** So many elements in a row, from one on, counted in storage order. */
  const elements = (from: number, length: number) => {
    const stored = array.source.read(array.offset + from * elementSize, length * elementSize);
    const bytes = array.littleEndian ? stored : swapped(stored, elementSize);
    return numbers({ dtype: array.dtype, shape: [length], bytes: () => bytes });
  };
  const width = elementCount(array.shape.slice(1));
  if (!array.fortranOrder) {
    const values = elements(start * width, count * width);
    // Of the same type, they may be a view of bytes that last until the next read only.
    return array.dtype === as ? values.slice() : values;
  }
  // One run of `count` elements per position in the row; runs follow each other with the row's first axis fastest.
  const rows = array.shape[0] ?? 0;
  const places = rowMajorPlaces(array.shape.slice(1));
  const out = as === "float32" ? new Float32Array(count * width) : new Float64Array(count * width);
  for (const [run, place] of places.entries()) {
    const values = elements(run * rows + start, count);
    for (let row = 0; row < count; row++) out[row * width + place] = values[row] ?? 0;
  }
  return out;
}

/** Row-major index of each element of `shape`, listed in column-major order. */
function rowMajorPlaces(shape: readonly number[]): Int32Array {
  const places = new Int32Array(elementCount(shape));
  let filled = 1;
  let stride = places.length;
  for (const size of shape) {
    stride /= size;
    for (let i = 1; i < size; i++) {
      for (let j = 0; j < filled; j++) places[i * filled + j] = i * stride + (places[j] ?? 0);
    }
    filled *= size;
  }
  return places;
}

/** A copy with the bytes of each element in reverse. */
function swapped(bytes: Uint8Array, elementSize: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let i = 0; i < copy.length; i += elementSize) copy.subarray(i, i + elementSize).reverse();
  return copy;
}

/** A shape as people write it: `512 × 3 × 32 × 32`. */
export function shapeText(shape: readonly (number | string | undefined)[]): string {
  return shape.length === 0 ? "of a single number" : shape.map((size) => size ?? "?").join(" × ");
}
