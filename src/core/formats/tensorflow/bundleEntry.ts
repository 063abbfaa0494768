import { Failure } from "../../failure.ts";
import type { DType } from "../../graph/tensor.ts";
import { bytesSource } from "../byteSource.ts";
import { Cursor } from "../onnx/cursor.ts";
import { WireFile } from "../onnx/wireFile.ts";

/** The messages of `tensor_bundle.proto`. */

export interface BundleHeader {
  readonly shards: number;
  readonly bigEndian: boolean;
}

/** Where a tensor stands, and what it is. */
export interface BundleEntry {
  /** `DataType` of `types.proto`. */
  readonly typeNumber: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of the bytes. */
  readonly checksum: number;
  /** Whether the tensor is kept in slices, under keys of their own. */
  readonly sliced: boolean;
}

/** `DT_STRING`. */
export const stringType = 7;

/** `DataType` by number; strings, handles and quantised types are missing. */
const dtypes: ReadonlyMap<number, DType> = new Map<number, DType>([
  [1, "float32"],
  [2, "float64"],
  [3, "int32"],
  [4, "uint8"],
  [5, "int16"],
  [6, "int8"],
  [8, "complex64"],
  [9, "int64"],
  [10, "bool"],
  [14, "bfloat16"],
  [17, "uint16"],
  [18, "complex128"],
  [19, "float16"],
  [22, "uint32"],
  [23, "uint64"],
  [24, "float8e5m2"],
  [25, "float8e4m3fn"],
]);

/** The element type of a `DataType` number, or `undefined` for those that hold no numbers of ours. */
export function bundleDtype(number: number): DType | undefined {
  return dtypes.get(number);
}

/** Reads a `BundleHeaderProto`. @throws Failure `tensorflow/malformed`. */
export function readBundleHeader(bytes: Uint8Array, file: string): BundleHeader {
  return parse(bytes, file, (cursor) => {
    let shards = 1;
    let bigEndian = false;
    while (cursor.next()) {
      if (cursor.field === 1) shards = cursor.int();
      else if (cursor.field === 2) bigEndian = cursor.int() === 1;
    }
    return { shards, bigEndian };
  });
}

/** Reads a `BundleEntryProto`. @throws Failure `tensorflow/malformed`. */
export function readBundleEntry(bytes: Uint8Array, file: string): BundleEntry {
  return parse(bytes, file, (cursor) => {
    const entry = { typeNumber: 0, shape: [] as number[], shard: 0, offset: 0, size: 0, checksum: 0, sliced: false };
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          entry.typeNumber = cursor.int();
          break;
        case 2:
          readShape(cursor.message(), entry.shape);
          break;
        case 3:
          entry.shard = cursor.int();
          break;
        case 4:
          entry.offset = cursor.int();
          break;
        case 5:
          entry.size = cursor.int();
          break;
        case 6:
          entry.checksum = fixed32(bytes, cursor);
          break;
        case 7:
          entry.sliced = true;
      }
    }
    return entry;
  });
}

/** Reads a `TensorShapeProto`. */
function readShape(cursor: Cursor, into: number[]): void {
  while (cursor.next()) {
    if (cursor.field !== 2) continue;
    let size = 0;
    const dim = cursor.message();
    while (dim.next()) if (dim.field === 1) size = dim.int();
    into.push(size);
  }
}

function fixed32(bytes: Uint8Array, cursor: Cursor): number {
  const { offset, length } = cursor.value();
  if (length !== 4) throw new Failure("onnx/malformed", "A sum that is not of four bytes");
  return new DataView(bytes.buffer, bytes.byteOffset + offset, 4).getUint32(0, true);
}

/** Walks a message; failures of the wire format become those of this one. */
function parse<T>(bytes: Uint8Array, file: string, read: (cursor: Cursor) => T): T {
  try {
    return read(new Cursor(new WireFile(bytesSource(file, bytes))));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure("tensorflow/malformed", "An entry of the index is damaged.", {
      file,
      hint: "Copy the checkpoint again.",
    });
  }
}
