import { text } from "./attributes.ts";
import type { Cursor, Hdf5Bytes } from "./bytes.ts";

/** A name in a group, and the object it stands for. */
export interface Link {
  readonly name: string;
  readonly address: number;
}

const hard = 0;
const soft = 1;

/**
 * Reads a link message (HDF5 file format specification 3.0, IV.A.2.g).
 * @throws Failure `h5/soft-link`, `h5/external-link` for links that are no object of this file's own
 */
export function readLink(file: Hdf5Bytes, data: Cursor): Link {
  data.skip(1);
  const flags = data.u8();
  const type = flags & 0x08 ? data.u8() : hard;
  if (flags & 0x04) data.skip(8);
  if (flags & 0x10) data.skip(1);
  const length = data.uint(2 ** (flags & 3));
  const name = text(data.take(length).bytes);
  if (type === soft) throw softLink(file, name);
  if (type !== hard) {
    throw file.failure(
      "h5/external-link",
      `"${name}" is a link to another file, which is not followed.`,
      "Save the model again into one file.",
    );
  }
  return { name, address: data.u64() };
}

/** The failure for a name that stands for a path instead of an object. */
export function softLink(file: Hdf5Bytes, name: string) {
  return file.failure(
    "h5/soft-link",
    `"${name}" is a symbolic link within the file, which is not followed.`,
    "Save the model again with Keras, which writes no links.",
  );
}
