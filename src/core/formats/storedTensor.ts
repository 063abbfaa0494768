import type { Failure } from "../failure.ts";
import type { DType, Tensor } from "../graph/tensor.ts";
import { byteLength } from "../graph/tensor.ts";
import type { ByteSource } from "./byteSource.ts";

const chunkBytes = 1 << 22;

/** A tensor whose elements stand in a file as {@link Tensor.bytes} has them: little-endian, row-major, without gaps. */
export function storedTensor(dtype: DType, shape: readonly number[], source: ByteSource, offset: number): Tensor {
  return {
    dtype,
    shape,
    bytes: () => copyBytes(source, offset, byteLength({ dtype, shape })),
    stored: { source, offset },
  };
}

/**
 * A tensor that a file lists and whose elements cannot be decoded: asking for them fails. It is listed as float32, the
 * type into which any other quantised weight is widened.
 */
export function undecodedTensor(shape: readonly number[], failure: () => Failure): Tensor {
  return {
    dtype: "float32",
    shape,
    bytes() {
      throw failure();
    },
  };
}

/** The bytes of a range in memory of their own, read piece by piece so that they are never held twice. */
export function copyBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += chunkBytes) {
    bytes.set(source.read(offset + at, Math.min(chunkBytes, length - at)), at);
  }
  return bytes;
}
