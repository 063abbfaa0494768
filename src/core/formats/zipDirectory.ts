import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { decodeLatin1 } from "./latin1.ts";
import { decodeUtf8 } from "./utf8.ts";

/** One member, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: "stored" | "deflated";
  /** Bytes once unpacked. */
  readonly size: number;
  readonly compressedSize: number;
  /** Where the local header stands in the file. */
  readonly headerOffset: number;
}

const maxEntries = 200_000;
/** A single member is a bomb when it is larger than this and grows by more than `maxGrowth`. */
const largeEntry = 64 * 2 ** 20;
const maxGrowth = 200;
/** All members together may take this much beyond four times the file. */
const totalAllowance = 2 ** 30;
/** Names and extra fields of 200 000 members stay far below this. */
const maxDirectorySize = 256 * 2 ** 20;

const endRecordSize = 22;
const endRecordSignature = 0x06054b50;
const zip64LocatorSize = 20;
const zip64LocatorSignature = 0x07064b50;
const zip64EndRecordSize = 56;
const zip64EndRecordSignature = 0x06064b50;
const entryHeaderSize = 46;
const entrySignature = 0x02014b50;
const zip64ExtraId = 0x0001;
const maxCommentSize = 0xffff;

/**
 * The members that the central directory lists, by name, checked before any of them is read.
 * @throws Failure as {@link openZip} documents.
 */
export function readZipDirectory(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const { count, offset, size } = findDirectory(source);
  if (count > maxEntries) {
    throw refuse(source, "zip/too-many-entries", `It lists ${count} members; ${maxEntries} is the limit.`);
  }
  if (size > maxDirectorySize || offset + size > source.size || count * entryHeaderSize > size) {
    throw refuse(source, "zip/bad-directory", "Its list of members does not fit in the file.");
  }
  const bytes = new Uint8Array(source.read(offset, size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, ZipEntry>();
  const names = new Set<string>();
  let position = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (position + entryHeaderSize > size || view.getUint32(position, true) !== entrySignature) {
      throw refuse(source, "zip/bad-directory", `Its list of members breaks off after ${i} of ${count}.`);
    }
    const nameLength = view.getUint16(position + 28, true);
    const extraLength = view.getUint16(position + 30, true);
    const next = position + entryHeaderSize + nameLength + extraLength + view.getUint16(position + 32, true);
    if (next > size)
      throw refuse(source, "zip/bad-directory", `Its list of members breaks off after ${i} of ${count}.`);
    const extraStart = position + entryHeaderSize + nameLength;
    const nameBytes = bytes.subarray(position + entryHeaderSize, extraStart);
    const name = decodeUtf8(nameBytes) ?? decodeLatin1(nameBytes);
    checkName(source, name);
    if (names.has(name)) throw refuse(source, "zip/duplicate-entry", `Member "${name}" is listed twice.`);
    names.add(name);
    if (!name.endsWith("/")) {
      const entry = readEntry(source, view, position, name, extraStart, extraLength);
      entries.set(name, entry);
      total += entry.size;
    }
    position = next;
  }
  if (total > 4 * source.size + totalAllowance) {
    throw refuse(source, "zip/bomb", `Its ${source.size} bytes would unpack to ${total}.`);
  }
  return entries;
}

function readEntry(
  source: ByteSource,
  view: DataView,
  position: number,
  name: string,
  extraStart: number,
  extraLength: number,
): ZipEntry {
  if ((view.getUint16(position + 8, true) & 1) !== 0) {
    throw refuse(source, "zip/encrypted", `Member "${name}" is encrypted.`, "Save it without a password.");
  }
  const method = view.getUint16(position + 10, true);
  if (method !== 0 && method !== 8) {
    throw refuse(source, "zip/method", `Member "${name}" is compressed by method ${method}; only deflate is read.`);
  }
  const [size, compressedSize, headerOffset] = wideValues(
    source,
    view,
    [24, 20, 42].map((field) => view.getUint32(position + field, true)),
    findExtra(view, extraStart, extraLength, zip64ExtraId),
  ) as [number, number, number];
  // A local header takes 30 bytes before the name.
  if (headerOffset + 30 + compressedSize > source.size) {
    throw refuse(
      source,
      "zip/truncated-entry",
      `Member "${name}" reaches beyond the end of the file.`,
      "If the file is still being written or copied, try again when that is done.",
    );
  }
  if (method === 0 && size !== compressedSize) {
    throw refuse(source, "zip/bad-directory", `Member "${name}" is stored plainly but has two sizes.`);
  }
  if (size > largeEntry && size > maxGrowth * compressedSize) {
    throw refuse(source, "zip/bomb", `Member "${name}" would unpack ${compressedSize} bytes to ${size}.`);
  }
  return { name, method: method === 0 ? "stored" : "deflated", size, compressedSize, headerOffset };
}

/** APPNOTE 4.5.3: values that are all ones stand in the extra field as 64-bit ones, in this order. */
function wideValues(source: ByteSource, view: DataView, values: readonly number[], extra: Range | undefined): number[] {
  let next = extra?.start ?? 0;
  const end = next + (extra?.length ?? 0);
  return values.map((value) => {
    if (value !== 0xffffffff) return value;
    if (next + 8 > end) throw refuse(source, "zip/bad-directory", "A member lacks its 64-bit sizes.");
    next += 8;
    return readUint64(source, view, next - 8);
  });
}

interface Range {
  readonly start: number;
  readonly length: number;
}

function findExtra(view: DataView, start: number, length: number, id: number): Range | undefined {
  let position = start;
  while (position + 4 <= start + length) {
    const fieldLength = view.getUint16(position + 2, true);
    if (position + 4 + fieldLength > start + length) return undefined;
    if (view.getUint16(position, true) === id) return { start: position + 4, length: fieldLength };
    position += 4 + fieldLength;
  }
  return undefined;
}

/** Number, place and size of the central directory, from the end record (APPNOTE 4.3.14 to 4.3.16). */
function findDirectory(source: ByteSource): { count: number; offset: number; size: number } {
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
  throw refuse(
    source,
    "zip/no-end-record",
    "The file is cut off: the list of members at its end is missing.",
    "If the file is still being written or copied, try again when that is done.",
  );
}

function findZip64Directory(source: ByteSource, endRecord: number) {
  if (endRecord < zip64LocatorSize) return undefined;
  const locator = copyView(source, endRecord - zip64LocatorSize, zip64LocatorSize);
  if (locator.getUint32(0, true) !== zip64LocatorSignature) return undefined;
  const at = readUint64(source, locator, 8);
  if (at + zip64EndRecordSize > source.size) {
    throw refuse(source, "zip/bad-directory", "Its 64-bit end record lies outside the file.");
  }
  const record = copyView(source, at, zip64EndRecordSize);
  if (record.getUint32(0, true) !== zip64EndRecordSignature) {
    throw refuse(source, "zip/bad-directory", "Its 64-bit end record is not where it should be.");
  }
  return {
    count: readUint64(source, record, 32),
    size: readUint64(source, record, 40),
    offset: readUint64(source, record, 48),
  };
}

/** Names that would leave the folder if someone unpacked the file; a reader that joins them to a path must not see them. */
function checkName(source: ByteSource, name: string): void {
  const outside =
    name === "" ||
    name.startsWith("/") ||
    name.includes("\\") ||
    name.includes("\0") ||
    /^[A-Za-z]:/.test(name) ||
    name.split("/").includes("..");
  if (outside) throw refuse(source, "zip/path-traversal", `Member ${JSON.stringify(name)} points outside the archive.`);
}

function copyView(source: ByteSource, offset: number, length: number): DataView {
  return new DataView(new Uint8Array(source.read(offset, length)).buffer);
}

function readUint64(source: ByteSource, view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw refuse(source, "zip/bad-directory", `It gives ${value} as a size or a place.`);
  }
  return Number(value);
}

function refuse(source: ByteSource, code: string, message: string, hint?: string): Failure {
  return new Failure(code, message, { file: source.name, hint });
}
