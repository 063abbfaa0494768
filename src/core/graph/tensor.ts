import type { ByteSource } from "../formats/byteSource.ts";

/** Tensors by reference: a type, a shape, and a way to read the elements when they are needed. */

/** Element types, by their ONNX names. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "string"
  | "complex64"
  | "complex128"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "float8e8m0"
  | "uint4"
  | "int4"
  | "float4e2m1"
  | "uint2"
  | "int2";

/** Bits of one element; strings have none. */
export const dtypeBits: Readonly<Record<DType, number>> = {
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  bool: 8,
  string: 0,
  complex64: 64,
  complex128: 128,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  uint2: 2,
  int2: 2,
};

/** A tensor whose elements may still be on disk. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /**
   * The elements: little-endian, row-major, `elementCount(shape)` of them, packed for types under 8 bits. Read anew at
   * each call; the result belongs to the caller. Throws for `string`.
   */
  bytes(): Uint8Array;
  /** The elements of a `string` tensor. */
  strings?(): readonly string[];
  /** Where `bytes()` stand, as they are, in a file: whoever can map files need not read them. */
  readonly stored?: { readonly source: ByteSource; readonly offset: number };
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Bytes that the elements of a tensor take. */
export function byteLength(tensor: Pick<Tensor, "dtype" | "shape">): number {
  return Math.ceil((elementCount(tensor.shape) * dtypeBits[tensor.dtype]) / 8);
}

/** A float32 tensor of values in memory. */
export function float32Tensor(shape: readonly number[], values: ArrayLike<number>): Tensor {
  return inMemory("float32", shape, Float32Array.from(values));
}

/** A float64 tensor of values in memory. */
export function float64Tensor(shape: readonly number[], values: ArrayLike<number>): Tensor {
  return inMemory("float64", shape, Float64Array.from(values));
}

/** An int64 tensor of values in memory; integers up to 2^53. */
export function int64Tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return inMemory("int64", shape, BigInt64Array.from(values, BigInt));
}

function inMemory(dtype: DType, shape: readonly number[], values: Float32Array | Float64Array | BigInt64Array): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype, shape, bytes: () => bytes.slice() };
}
