import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";

/** A range of a source as a source of its own. */
export function byteRange(source: ByteSource, name: string, start: number, size: number): ByteSource {
  const { place } = source;
  return {
    name,
    size,
    ...(place && { place: { file: place.file, offset: place.offset + start } }),
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Failure("file/short-read", `Bytes ${offset} to ${offset + length} lie outside its ${size}.`, {
          file: name,
        });
      }
      return source.read(start + offset, length);
    },
  };
}
