import { crc32 } from "node:zlib";
import { type Gram, packedLength } from "../../core/measures/gram.ts";

/** What one key has in the store. */
export type StoreEntry = GramsEntry | OutputsEntry | InversionEntry;

/** The Grams of one tap: one with `full`, one per batch, in order, with `minibatch`. */
export interface GramsEntry {
  readonly kind: "grams";
  readonly grams: readonly Gram[];
}

/** What a network answered: samples × width, row-major. */
export interface OutputsEntry {
  readonly kind: "outputs";
  readonly width: number;
  readonly values: Float32Array;
}

/** Images that a network takes for others. */
export interface InversionEntry {
  readonly kind: "inversion";
  /** Pixels of one image. */
  readonly width: number;
  /** Images × width, row-major. */
  readonly pixels: Float32Array;
  /** Of each image, the best residual after each evaluation. */
  readonly histories: readonly Float32Array[];
  /** Images of which the gradient vanished, by position. */
  readonly stuck: readonly number[];
  /** Of each image, frames of its descent: the steps after which it was seen, and images of `width` bytes, one after another. */
  readonly frames: readonly { readonly steps: readonly number[]; readonly pixels: Uint8Array }[];
}

/**
 * The form on disk, little-endian: `LIKEGRAM`, the length of the header (uint32), the CRC-32 of all that follows
 * (uint32), the header as JSON padded with spaces to a multiple of four bytes, and the float32 numbers one after another.
 */
type Header =
  | { readonly key: string; readonly kind: "grams"; readonly grams: readonly { size: number; noise: number | null }[] }
  | { readonly key: string; readonly kind: "outputs"; readonly width: number }
  | {
      readonly key: string;
      readonly kind: "inversion";
      readonly width: number;
      readonly evaluations: readonly number[];
      readonly stuck: readonly number[];
      readonly frames: readonly (readonly number[])[];
    };

const magic = "LIKEGRAM";
const preambleBytes = 16;

/** The bytes of an entry, in pieces to be written one after another. */
export function encodeEntry(key: string, entry: StoreEntry): Uint8Array[] {
  const numbers = numbersOf(entry).map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  const json = JSON.stringify(headerOf(key, entry));
  const bytes = Buffer.from(json);
  const header = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3, " ")]);
  const preamble = Buffer.alloc(preambleBytes);
  preamble.write(magic, "latin1");
  preamble.writeUInt32LE(header.length, 8);
  preamble.writeUInt32LE(
    [header, ...numbers].reduce((sum, piece) => crc32(piece, sum), 0),
    12,
  );
  return [preamble, header, ...numbers];
}

/** The entry that was written under `key`; `undefined` where the bytes are not, or no longer, one. */
export function decodeEntry(key: string, bytes: Buffer): StoreEntry | undefined {
  if (bytes.length < preambleBytes || bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  const headerEnd = preambleBytes + bytes.readUInt32LE(8);
  if (headerEnd > bytes.length || crc32(bytes.subarray(preambleBytes)) !== bytes.readUInt32LE(12)) return undefined;
  const header = parsedHeader(bytes.toString("utf8", preambleBytes, headerEnd));
  if (header?.key !== key || (bytes.length - headerEnd) % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  const numbers = new Float32Array(new Uint8Array(bytes.subarray(headerEnd)).buffer);
  if (header.kind === "outputs") return { kind: "outputs", width: header.width, values: numbers };
  if (header.kind === "inversion") return inversionOf(header, numbers);
  let at = 0;
  const grams = header.grams.map(({ size, noise }): Gram => {
    const packed = numbers.subarray(at, at + packedLength(size));
    at += packedLength(size);
    return { size, packed, noise: noise ?? Number.NaN };
  });
  return at === numbers.length ? { kind: "grams", grams } : undefined;
}

function inversionOf(
  { width, evaluations, stuck, frames: steps }: Extract<Header, { kind: "inversion" }>,
  numbers: Float32Array<ArrayBuffer>,
): InversionEntry | undefined {
  const pixels = numbers.subarray(0, width * evaluations.length);
  let at = pixels.length;
  const histories = evaluations.map((count) => {
    at += count;
    return numbers.subarray(at - count, at);
  });
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset + at * numbers.BYTES_PER_ELEMENT);
  let from = 0;
  const frames = steps.map((own) => {
    from += own.length * width;
    return { steps: own, pixels: bytes.subarray(from - own.length * width, from) };
  });
  const isWhole = bytes.length === wholeNumbers(from);
  return isWhole ? { kind: "inversion", width, pixels, histories, stuck, frames } : undefined;
}

function parsedHeader(json: string): Header | undefined {
  try {
    // The checksum says that this code wrote it.
    return JSON.parse(json) as Header;
  } catch {
    return undefined;
  }
}

function headerOf(key: string, entry: StoreEntry): Header {
  if (entry.kind === "outputs") return { key, kind: "outputs", width: entry.width };
  if (entry.kind === "inversion") {
    const { width, histories, stuck, frames } = entry;
    const evaluations = histories.map(({ length }) => length);
    return { key, kind: "inversion", width, evaluations, stuck, frames: frames.map(({ steps }) => steps) };
  }
  return { key, kind: "grams", grams: entry.grams.map(({ size, noise }) => ({ size, noise })) };
}

function numbersOf(entry: StoreEntry): Float32Array[] {
  if (entry.kind === "outputs") return [entry.values];
  if (entry.kind === "inversion") return [entry.pixels, ...entry.histories, bytesAsNumbers(entry.frames)];
  return entry.grams.map(({ packed }) => (packed instanceof Float32Array ? packed : Float32Array.from(packed)));
}

/** Bytes one behind the other, filled up to whole numbers; they are only ever copied, never read as numbers. */
function bytesAsNumbers(parts: InversionEntry["frames"]): Float32Array {
  const bytes = new Uint8Array(wholeNumbers(parts.reduce((sum, { pixels }) => sum + pixels.length, 0)));
  let at = 0;
  for (const { pixels } of parts) {
    bytes.set(pixels, at);
    at += pixels.length;
  }
  return new Float32Array(bytes.buffer);
}

/** The next multiple of a number's size. */
function wholeNumbers(bytes: number): number {
  return bytes + (-bytes & (Float32Array.BYTES_PER_ELEMENT - 1));
}
