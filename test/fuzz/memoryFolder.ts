import { Failure } from "../../src/core/failure.ts";
import type { ByteSource, SiblingFiles } from "../../src/core/formats/byteSource.ts";
import { localPath } from "../../src/core/formats/relativePath.ts";

/** Files by their paths in a folder. */
export type Files = Readonly<Record<string, Uint8Array>>;

/**
 * A folder in memory whose files cannot be read beyond their ends: that is the defect `OutsideRead`, not a failure.
 * @param overwrites whether what a read gave is overwritten by the next, as a source may do; else it is a view in the
 *   middle of a larger buffer, as a source may give as well.
 */
export function memoryFolder(files: Files, overwrites: boolean): SiblingFiles {
  return {
    open(relativePath) {
      const path = localPath(relativePath);
      const bytes = Object.hasOwn(files, path) ? files[path] : undefined;
      if (bytes === undefined) throw new Failure("file/missing", "There is no such file.", { file: path });
      return strictSource(path, bytes, overwrites);
    },
  };
}

class OutsideRead extends Error {}

const margin = 16;

function strictSource(name: string, content: Uint8Array, overwrites: boolean): ByteSource {
  const padded = new Uint8Array(content.length + 2 * margin).fill(0xee);
  padded.set(content, margin);
  let given = new Uint8Array();
  return {
    name,
    size: content.length,
    read(offset, length) {
      const isInside = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
      if (!isInside || offset + length > content.length) {
        throw new OutsideRead(`read(${offset}, ${length}) of ${content.length} bytes`);
      }
      const view = padded.subarray(margin + offset, margin + offset + length);
      if (!overwrites) return view;
      given.fill(0xdd);
      given = view.slice();
      return given;
    },
  };
}
