import { Failure } from "../failure.ts";
import { byteRange } from "./byteRange.ts";
import type { ByteSource } from "./byteSource.ts";
import { bytesSource } from "./byteSource.ts";
import { inflate } from "./inflate.ts";
import type { ZipEntry } from "./zipDirectory.ts";
import { readZipDirectory } from "./zipDirectory.ts";

/** A zip file as a map of readable members. Nothing is ever written to disk. */
export interface ZipArchive {
  /** By full member name, in the directory's order; folders are left out. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * The bytes of a member: stored ones are read from the archive in place, deflated ones are inflated into memory.
   * @throws Failure `zip/missing-entry`, `zip/truncated-entry`, `zip/bomb`.
   */
  open(name: string): ByteSource;
}

/** Fixed part of a local file header (APPNOTE 4.3.7). */
const localHeaderSize = 30;
const localHeaderSignature = 0x04034b50;

/**
 * Opens a zip file (PKWARE APPNOTE 6.3.10, zip64 included) by its central directory alone.
 * @throws Failure `zip/no-end-record`, `zip/bad-directory`, `zip/truncated-entry`, `zip/bomb`, `zip/duplicate-entry`,
 *   `zip/path-traversal`, `zip/encrypted`, `zip/method`, `zip/too-many-entries`.
 */
export function openZip(source: ByteSource): ZipArchive {
  const entries = readZipDirectory(source);
  return {
    entries,
    open(name) {
      const entry = entries.get(name);
      if (entry === undefined)
        throw new Failure("zip/missing-entry", `It has no member "${name}".`, { file: source.name });
      const start = dataOffset(source, entry);
      const label = `${source.name}/${name}`;
      if (entry.method === "stored") return byteRange(source, label, start, entry.size);
      const bytes = inflate("deflate", source.read(start, entry.compressedSize), entry.size);
      if (bytes === "too-large") {
        throw new Failure("zip/bomb", `Member "${name}" unpacks to more than the ${entry.size} bytes it declares.`, {
          file: source.name,
        });
      }
      if (bytes === "damaged" || bytes.length !== entry.size) throw truncated(source, name);
      return bytesSource(label, bytes);
    },
  };
}

/** Where a member's bytes begin: the local header repeats the name and has extra fields of its own length. */
function dataOffset(source: ByteSource, entry: ZipEntry): number {
  const bytes = source.read(entry.headerOffset, localHeaderSize);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.getUint32(0, true) !== localHeaderSignature) {
    throw new Failure("zip/bad-directory", `The directory points member "${entry.name}" at something else.`, {
      file: source.name,
    });
  }
  const start = entry.headerOffset + localHeaderSize + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > source.size) throw truncated(source, entry.name);
  return start;
}

function truncated(source: ByteSource, member: string): Failure {
  return new Failure("zip/truncated-entry", `Member "${member}" is cut off or damaged.`, {
    file: source.name,
    hint: "If the file is still being written or copied, try again when that is done.",
  });
}
