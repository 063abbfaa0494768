import type { Cursor, Hdf5Bytes } from "./bytes.ts";

const maximumRank = 32;

/**
 * Reads a dataspace message (HDF5 file format specification 3.0, IV.A.2.b): the sizes, none for a single value;
 * `undefined` where there are no values at all.
 * @throws Failure `h5/damaged`
 */
export function readDataspace(file: Hdf5Bytes, data: Cursor): readonly number[] | undefined {
  const version = data.u8();
  const rank = data.u8();
  data.skip(1);
  if (version === 1) data.skip(5);
  else if (version !== 2) throw file.damaged(`a dataspace is of version ${version}`);
  else if (data.u8() === 2) return undefined;
  if (rank > maximumRank) throw file.damaged(`a dataspace has ${rank} axes`);
  const sizes = Array.from({ length: rank }, () => data.u64());
  if (!sizes.every(Number.isSafeInteger)) {
    throw file.failure("h5/shape-bomb", `A data set declares the shape ${sizes.join(" × ")}.`);
  }
  return sizes;
}
