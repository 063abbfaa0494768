import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { maskedCrc32c } from "../crc32c.ts";
import { unsnappy } from "../snappy.ts";

/**
 * LevelDB's table, as TensorFlow keeps names in it (github.com/google/leveldb/blob/main/doc/table_format.md): blocks of
 * sorted entries, an index of blocks, and a footer that finds the index.
 */

const footerBytes = 48;
/** The last eight bytes, as two little-endian halves. */
const magic = { low: 0x8b80fb57, high: 0xdb477524 } as const;
/** Behind each block: how it is compressed, and a sum over it. */
const trailerBytes = 5;
/** TensorFlow writes blocks of 256 KiB. */
const maximumBlockBytes = 1 << 24;
/** Of all blocks together, unpacked. */
const maximumTableBytes = 1 << 26;
const maximumEntries = 1_000_000;
const maximumKeyBytes = 1 << 14;
/** Of all keys together, once they are written out: each may repeat most of the one before. */
const maximumKeysBytes = 1 << 27;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Whether a file ends as a table does. */
export function looksLikeTable(source: ByteSource): boolean {
  if (source.size < footerBytes) return false;
  const tail = viewOf(source.read(source.size - 8, 8));
  return tail.getUint32(0, true) === magic.low && tail.getUint32(4, true) === magic.high;
}

/**
 * The entries of a table, in its order. Keys are texts of one character per byte.
 * @throws Failure `tensorflow/not-a-bundle`, `tensorflow/truncated`, `tensorflow/malformed`, `tensorflow/checksum`,
 *   `tensorflow/limit`.
 */
export function readTable(source: ByteSource): ReadonlyMap<string, Uint8Array> {
  if (!looksLikeTable(source)) {
    throw new Failure(
      "tensorflow/not-a-bundle",
      "This is not the index of a TensorFlow checkpoint, or its end is missing.",
      {
        file: source.name,
        hint: "It may still be being written, or a copy was cut off: try again when it is complete.",
      },
    );
  }
  const footer = new Bytes(new Uint8Array(source.read(source.size - footerBytes, footerBytes)), source);
  readHandle(footer);
  const index = readHandle(footer);
  const entries = new Map<string, Uint8Array>();
  let unpacked = 0;
  let keysBytes = 0;
  const block = (handle: Handle) => {
    const bytes = readBlock(source, handle);
    unpacked += bytes.length;
    if (unpacked > maximumTableBytes) throw limit(source, `more than ${maximumTableBytes} bytes of names`);
    return entriesOf(bytes, source);
  };
  for (const [, value] of block(index)) {
    for (const [key, entry] of block(readHandle(new Bytes(value, source)))) {
      if (entries.has(key)) throw malformed(source, "A key that is given twice");
      keysBytes += key.length;
      if (entries.size >= maximumEntries || keysBytes > maximumKeysBytes)
        throw limit(source, "more names than any network has");
      entries.set(key, entry);
    }
  }
  return entries;
}

function readBlock(source: ByteSource, { offset, size }: Handle): Uint8Array {
  if (size > maximumBlockBytes) throw limit(source, `a block of ${size} bytes`);
  if (offset + size + trailerBytes > source.size - footerBytes) throw malformed(source, "A block outside the file");
  const bytes = new Uint8Array(source.read(offset, size + trailerBytes));
  if (viewOf(bytes).getUint32(size + 1, true) !== maskedCrc32c(bytes.subarray(0, size + 1))) {
    throw new Failure("tensorflow/checksum", `The block at byte ${offset} has changed since it was written.`, {
      file: source.name,
      hint: "The file is damaged: copy it again.",
    });
  }
  if (bytes[size] === 0) return bytes.subarray(0, size);
  if (bytes[size] !== 1) throw malformed(source, `A block compressed by method ${bytes[size]}`);
  const unpacked = unsnappy(bytes.subarray(0, size), maximumBlockBytes);
  if (unpacked === "too-large") throw limit(source, `a block of more than ${maximumBlockBytes} bytes`);
  if (unpacked === "damaged") throw malformed(source, "A block that does not unpack");
  return unpacked;
}

/** The entries of one block: keys share their beginning with the one before; restart points are not needed. */
function* entriesOf(block: Uint8Array, source: ByteSource): Generator<readonly [string, Uint8Array]> {
  const restarts = block.length < 4 ? -1 : viewOf(block).getUint32(block.length - 4, true);
  const end = block.length - 4 - 4 * restarts;
  if (restarts < 0 || end < 0) throw malformed(source, "A block without its end");
  const bytes = new Bytes(block.subarray(0, end), source);
  let key = "";
  while (!bytes.isAtEnd) {
    const shared = bytes.varint();
    const added = bytes.varint();
    const length = bytes.varint();
    if (shared > key.length) throw malformed(source, "A key that shares more than there is");
    key = key.slice(0, shared) + String.fromCharCode(...bytes.take(Math.min(added, maximumKeyBytes + 1)));
    if (key.length > maximumKeyBytes) throw limit(source, `a key of more than ${maximumKeyBytes} bytes`);
    yield [key, bytes.take(length)];
  }
}

function readHandle(bytes: Bytes): Handle {
  return { offset: bytes.varint(), size: bytes.varint() };
}

/** Bytes from front to back. */
class Bytes {
  readonly #bytes: Uint8Array;
  readonly #source: ByteSource;
  #at = 0;

  constructor(bytes: Uint8Array, source: ByteSource) {
    this.#bytes = bytes;
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** An unsigned integer in groups of seven bits; rounded beyond 2^53. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const [byte = 0] = this.take(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed(this.#source, "An integer of more than ten bytes");
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw malformed(this.#source, "An entry longer than its block");
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(source: ByteSource, what: string): Failure {
  return new Failure("tensorflow/malformed", `${what}: the index is damaged.`, {
    file: source.name,
    hint: "Copy the checkpoint again.",
  });
}

function limit(source: ByteSource, what: string): Failure {
  return new Failure("tensorflow/limit", `The index holds ${what}.`, { file: source.name });
}
