import { elementCount } from "../../graph/tensor.ts";
import { decodeLatin1 } from "../latin1.ts";
import { decodeUtf8 } from "../utf8.ts";
import type { Cursor, Hdf5Bytes } from "./bytes.ts";
import { readDataspace } from "./dataspace.ts";
import { readDatatype } from "./datatype.ts";
import type { GlobalHeap } from "./globalHeap.ts";

/** An attribute that holds text: one, or a list. */
export interface TextAttribute {
  readonly name: string;
  readonly texts: readonly string[];
}

/**
 * Reads an attribute message (HDF5 file format specification 3.0, IV.A.2.m), versions 1 to 3. Keras keeps everything in
 * texts; `undefined` for attributes of anything else.
 * @throws Failure `h5/damaged`, `h5/truncated`
 */
export function readTextAttribute(file: Hdf5Bytes, heap: GlobalHeap, data: Cursor): TextAttribute | undefined {
  const version = data.u8();
  const flags = data.u8();
  const sizes = [data.u16(), data.u16(), data.u16()] as const;
  if (version === 3) data.skip(1);
  if (version < 1 || version > 3) throw file.damaged(`an attribute is of version ${version}`);
  const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const [name, datatypeBytes, dataspaceBytes] = sizes.map((size) => data.take(padded(size))) as [
    Cursor,
    Cursor,
    Cursor,
  ];
  // Its type or space may stand elsewhere; nothing of Keras's is written so.
  if (version > 1 && flags !== 0) return undefined;
  const datatype = readDatatype(file, datatypeBytes);
  if (datatype.kind !== "text" && datatype.kind !== "varyingText") return undefined;
  const shape = readDataspace(file, dataspaceBytes);
  const count = shape ? elementCount(shape) : 0;
  if (datatype.size === 0 || count * datatype.size > data.left) throw file.damaged("an attribute is cut off");
  const texts = Array.from({ length: count }, () => {
    const element = data.take(datatype.size);
    if (datatype.kind === "text") return text(element.bytes);
    const length = element.u32();
    const collection = element.address();
    const index = element.u32();
    return length === 0 || collection === undefined ? "" : text(heap.object(collection, index).subarray(0, length));
  });
  return { name: text(name.bytes), texts };
}

/** Text up to its first zero byte: elements of one size are filled up with them. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const written = end < 0 ? bytes : bytes.subarray(0, end);
  return decodeUtf8(written) ?? decodeLatin1(written);
}
