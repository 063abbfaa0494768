import { byteLength, type DType, dtypeBits, type Tensor } from "../../graph/tensor.ts";
import { Cursor } from "./cursor.ts";
import { tensorField } from "./schema.ts";
import type { Range, WireFile } from "./wireFile.ts";

/**
 * The typed fields of `TensorProto`: elements as protobuf numbers rather than as bytes. Narrow types share
 * `int32_data`, one element (or one byte of packed 4-bit elements) per number; `uint64_data` holds uint32 as well; complex
 * numbers are pairs.
 */

type Kind = Pick<Tensor, "dtype" | "shape">;

/** The field that holds a type's elements when `raw_data` does not. */
export function typedField(dtype: DType): number {
  switch (dtype) {
    case "float32":
    case "complex64":
      return tensorField.floatData;
    case "float64":
    case "complex128":
      return tensorField.doubleData;
    case "int64":
      return tensorField.int64Data;
    case "uint64":
    case "uint32":
      return tensorField.uint64Data;
    case "string":
      return tensorField.stringData;
    default:
      return tensorField.int32Data;
  }
}

/** Whether the occurrences of the field, packed or single, hold exactly the elements of the tensor. */
export function typedDataFits(file: WireFile, segments: readonly Range[], kind: Kind): boolean {
  const wanted = byteLength(kind) / numberBytes(kind.dtype);
  let found = 0;
  for (const segment of segments) {
    if (isFixed(kind.dtype)) found += segment.length / numberBytes(kind.dtype);
    else found += countVarints(file, segment);
  }
  return found === wanted;
}

/** The elements as little-endian bytes of the tensor's own type. */
export function typedBytes(file: WireFile, segments: readonly Range[], kind: Kind): Uint8Array {
  const bytes = new Uint8Array(byteLength(kind));
  let at = 0;
  for (const segment of segments) {
    if (isFixed(kind.dtype)) {
      bytes.set(file.source.read(segment.offset, segment.length), at);
      at += segment.length;
      continue;
    }
    const view = new DataView(bytes.buffer);
    const width = numberBytes(kind.dtype);
    const numbers = new Cursor(file, segment);
    for (; numbers.position < numbers.end; at += width) {
      numbers.readVarint();
      if (width === 1) view.setUint8(at, numbers.low);
      else if (width === 2) view.setUint16(at, numbers.low, true);
      else view.setUint32(at, numbers.low, true);
      if (width === 8) view.setUint32(at + 4, numbers.high, true);
    }
  }
  return bytes;
}

function isFixed(dtype: DType): boolean {
  const field = typedField(dtype);
  return field === tensorField.floatData || field === tensorField.doubleData;
}

/** Bytes of the tensor that one number of the field stands for. */
function numberBytes(dtype: DType): number {
  if (dtype === "complex64") return 4;
  if (dtype === "complex128") return 8;
  return Math.max(1, dtypeBits[dtype] / 8);
}

function countVarints(file: WireFile, { offset, length }: Range): number {
  let count = 0;
  for (let at = offset; at < offset + length; at++) if (file.byteAt(at) < 0x80) count++;
  return count;
}
