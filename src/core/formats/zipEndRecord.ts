import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";

const endRecordSize = 22;
const endRecordSignature = 0x06054b50;
const zip64LocatorSize = 20;
const zip64LocatorSignature = 0x07064b50;
const zip64EndRecordSize = 56;
const zip64EndRecordSignature = 0x06064b50;
const maxCommentSize = 0xffff;

/** Where the list of members stands, and how many it lists. */
export interface ZipDirectoryPlace {
  readonly count: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Finds the central directory by the record at the end of the file (APPNOTE 4.3.14 to 4.3.16).
 * @throws Failure `zip/no-end-record`, `zip/bad-directory`
 */
export function findZipDirectory(source: ByteSource): ZipDirectoryPlace {
  const tailStart = Math.max(0, source.size - endRecordSize - maxCommentSize);
  const tail = new Uint8Array(source.read(tailStart, source.size - tailStart));
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - endRecordSize; at >= 0; at--) {
    if (view.getUint32(at, true) !== endRecordSignature) continue;
    if (at + endRecordSize + view.getUint16(at + 20, true) > tail.length) continue;
    return (
      findZip64Directory(source, tailStart + at) ?? {
        count: view.getUint16(at + 10, true),
        size: view.getUint32(at + 12, true),
        offset: view.getUint32(at + 16, true),
      }
    );
  }
  throw zipFailure(
    source,
    "zip/no-end-record",
    "The file is cut off: the list of members at its end is missing.",
    "If the file is still being written or copied, try again when that is done.",
  );
}

function findZip64Directory(source: ByteSource, endRecord: number): ZipDirectoryPlace | undefined {
  if (endRecord < zip64LocatorSize) return undefined;
  const locator = copyView(source, endRecord - zip64LocatorSize, zip64LocatorSize);
  if (locator.getUint32(0, true) !== zip64LocatorSignature) return undefined;
  const at = readUint64(source, locator, 8);
  if (at + zip64EndRecordSize > source.size) {
    throw zipFailure(source, "zip/bad-directory", "Its 64-bit end record lies outside the file.");
  }
  const record = copyView(source, at, zip64EndRecordSize);
  if (record.getUint32(0, true) !== zip64EndRecordSignature) {
    throw zipFailure(source, "zip/bad-directory", "Its 64-bit end record is not where it should be.");
  }
  return {
    count: readUint64(source, record, 32),
    size: readUint64(source, record, 40),
    offset: readUint64(source, record, 48),
  };
}

function copyView(source: ByteSource, offset: number, length: number): DataView {
  return new DataView(new Uint8Array(source.read(offset, length)).buffer);
}

/**
 * A 64-bit number, as far as JavaScript's are exact.
 * @throws Failure `zip/bad-directory`
 */
export function readUint64(source: ByteSource, view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw zipFailure(source, "zip/bad-directory", `It gives ${value} as a size or a place.`);
  }
  return Number(value);
}

/** A refusal of the whole archive. */
export function zipFailure(source: ByteSource, code: string, message: string, hint?: string): Failure {
  return new Failure(code, message, { file: source.name, hint });
}
