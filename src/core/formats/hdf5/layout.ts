import type { Cursor, Hdf5Bytes } from "./bytes.ts";

/** Where the elements of a data set stand (HDF5 file format specification 3.0, IV.A.2.i). */
export type Layout =
  /** In the header itself. */
  | { readonly kind: "compact"; readonly bytes: Uint8Array }
  /** In one piece; nowhere where nothing was ever written. */
  | { readonly kind: "contiguous"; readonly address: number | undefined }
  /** In pieces of one shape, found by a version 1 B-tree. */
  | { readonly kind: "chunked"; readonly tree: number | undefined; readonly chunk: readonly number[] };

const compact = 0;
const contiguous = 1;
const chunked = 2;
const virtual = 3;

/** Reads a layout message. @throws Failure `h5/virtual-dataset`, `h5/unsupported`, `h5/damaged` */
export function readLayout(file: Hdf5Bytes, data: Cursor): Layout {
  const version = data.u8();
  if (version < 3 || version > 4) throw file.unsupported(`a data layout of version ${version}`);
  const kind = data.u8();
  switch (kind) {
    case compact:
      return { kind: "compact", bytes: data.take(data.u16()).bytes };
    case contiguous:
      return { kind: "contiguous", address: data.address() };
    case chunked: {
      if (version === 4) throw file.unsupported("chunks of the newest form");
      const rank = data.u8();
      const tree = data.address();
      const sizes = Array.from({ length: rank }, () => data.u32());
      // The last is the size of one element.
      return { kind: "chunked", tree, chunk: sizes.slice(0, -1) };
    }
    case virtual:
      throw file.failure(
        "h5/virtual-dataset",
        "A data set is put together from those of other files, which are not opened.",
        "Save the model again into one file.",
      );
    default:
      throw file.damaged(`a data layout is of class ${kind}`);
  }
}

/**
 * Reads a filter pipeline message (IV.A.2.l): the filters' numbers in the order of writing.
 * @throws Failure `h5/damaged`
 */
export function readFilters(file: Hdf5Bytes, data: Cursor): readonly number[] {
  const version = data.u8();
  const count = data.u8();
  if (version !== 1 && version !== 2) throw file.damaged(`a filter pipeline is of version ${version}`);
  if (version === 1) data.skip(6);
  return Array.from({ length: count }, () => {
    const id = data.u16();
    const hasName = version === 1 || id >= 256;
    const nameLength = hasName ? data.u16() : 0;
    data.skip(2);
    const values = data.u16();
    data.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    data.skip(4 * (version === 1 ? values + (values % 2) : values));
    return id;
  });
}

/** Reads a fill value message (IV.A.2.f): the bytes of an element that was never written; empty for zero. */
export function readFillValue(data: Cursor): Uint8Array {
  const version = data.u8();
  if (version === 3) {
    if ((data.u8() & 0x20) === 0) return new Uint8Array();
  } else {
    data.skip(2);
    if (data.u8() === 0) return new Uint8Array();
  }
  return data.take(data.u32()).bytes;
}
