import type { ByteSource } from "./byteSource.ts";
import { decodeLatin1 } from "./latin1.ts";
import { decodeUtf8 } from "./utf8.ts";
import { findZipDirectory, readUint64, zipFailure } from "./zipEndRecord.ts";

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

const entryHeaderSize = 46;
const entrySignature = 0x02014b50;
const zip64ExtraId = 0x0001;

/**
 * The members that the central directory lists, by name, checked before any of them is read.
 * @throws Failure as {@link openZip} documents.
 */
export function readZipDirectory(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const { count, offset, size } = findZipDirectory(source);
  if (count > maxEntries) {
    throw zipFailure(source, "zip/too-many-entries", `It lists ${count} members; ${maxEntries} is the limit.`);
  }
  if (size > maxDirectorySize || offset + size > source.size || count * entryHeaderSize > size) {
    throw zipFailure(source, "zip/bad-directory", "Its list of members does not fit in the file.");
  }
  const bytes = new Uint8Array(source.read(offset, size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, ZipEntry>();
  const names = new Set<string>();
  let position = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const whole = position + entryHeaderSize <= size && view.getUint32(position, true) === entrySignature;
    const nameLength = whole ? view.getUint16(position + 28, true) : 0;
    const extraLength = whole ? view.getUint16(position + 30, true) : 0;
    const commentLength = whole ? view.getUint16(position + 32, true) : 0;
    const extraStart = position + entryHeaderSize + nameLength;
    if (!whole || extraStart + extraLength + commentLength > size) {
      throw zipFailure(source, "zip/bad-directory", `Its list of members breaks off after ${i} of ${count}.`);
    }
    const nameBytes = bytes.subarray(position + entryHeaderSize, extraStart);
    const name = decodeUtf8(nameBytes) ?? decodeLatin1(nameBytes);
    checkName(source, name);
    if (names.has(name)) throw zipFailure(source, "zip/duplicate-entry", `Member "${name}" is listed twice.`);
    names.add(name);
    if (!name.endsWith("/")) {
      const extra = findExtra(view, { start: extraStart, length: extraLength }, zip64ExtraId);
      const entry = readEntry(
        source,
        new DataView(bytes.buffer, position, entryHeaderSize),
        name,
        wideValues(source, view, extra),
      );
      entries.set(name, entry);
      total += entry.size;
    }
    position = extraStart + extraLength + commentLength;
  }
  if (total > 4 * source.size + totalAllowance) {
    throw zipFailure(source, "zip/bomb", `Its ${source.size} bytes would unpack to ${total}.`);
  }
  return entries;
}

/**
 * @param header the fixed part of the entry
 * @param wide values that do not fit it, in order
 */
function readEntry(source: ByteSource, header: DataView, name: string, wide: readonly number[]): ZipEntry {
  if ((header.getUint16(8, true) & 1) !== 0) {
    throw zipFailure(source, "zip/encrypted", `Member "${name}" is encrypted.`, "Save it without a password.");
  }
  const method = header.getUint16(10, true);
  if (method !== 0 && method !== 8) {
    throw zipFailure(source, "zip/method", `Member "${name}" is compressed by method ${method}; only deflate is read.`);
  }
  const values = wide.values();
  // APPNOTE 4.5.3: values that are all ones here stand among the 64-bit ones, in this order.
  const [size = 0, compressedSize = 0, headerOffset = 0] = [24, 20, 42].map((field) => {
    const value = header.getUint32(field, true);
    if (value !== 0xffffffff) return value;
    const { value: found } = values.next();
    if (found === undefined) throw zipFailure(source, "zip/bad-directory", `Member "${name}" lacks its 64-bit sizes.`);
    return found;
  });
  // A local header takes 30 bytes before the name.
  if (headerOffset + 30 + compressedSize > source.size) {
    throw zipFailure(
      source,
      "zip/truncated-entry",
      `Member "${name}" reaches beyond the end of the file.`,
      "If the file is still being written or copied, try again when that is done.",
    );
  }
  if (method === 0 && size !== compressedSize) {
    throw zipFailure(source, "zip/bad-directory", `Member "${name}" is stored plainly but has two sizes.`);
  }
  if (size > largeEntry && size > maxGrowth * compressedSize) {
    throw zipFailure(source, "zip/bomb", `Member "${name}" would unpack ${compressedSize} bytes to ${size}.`);
  }
  return { name, method: method === 0 ? "stored" : "deflated", size, compressedSize, headerOffset };
}

interface Range {
  readonly start: number;
  readonly length: number;
}

/** The data of an extra field (APPNOTE 4.5.1: id and length before each); none where it is absent or runs over. */
function findExtra(view: DataView, { start, length }: Range, id: number): Range {
  for (let position = start; position + 4 <= start + length; ) {
    const field = { start: position + 4, length: view.getUint16(position + 2, true) };
    const next = field.start + field.length;
    if (next <= start + length && view.getUint16(position, true) === id) return field;
    position = next;
  }
  return { start, length: 0 };
}

/** The 64-bit numbers that a range holds, three at most of which can be sizes and places. */
function wideValues(source: ByteSource, view: DataView, { start, length }: Range): number[] {
  return Array.from({ length: Math.min(3, Math.floor(length / 8)) }, (_, i) => readUint64(source, view, start + 8 * i));
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
  if (outside)
    throw zipFailure(source, "zip/path-traversal", `Member ${JSON.stringify(name)} points outside the archive.`);
}
