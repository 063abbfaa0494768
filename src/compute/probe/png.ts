import { convertIndexedToRgb, decode } from "fast-png";
import { inflatedSize } from "../../core/formats/inflate.ts";
import type { Image } from "../../core/probe/resize.ts";

/** Chunks that decide pixels, once transparency is left out; the others may hide compression bombs of their own. */
const kept = ["IHDR", "PLTE", "IDAT", "IEND"];
const signatureSize = 8;
/** Deflate grows at most so many times; below this much it needs no check. */
const deflateGrowth = 1032;
const harmless = 64 * 2 ** 20;

/**
 * The pixels of a PNG file, 8 bits per channel. Transparency is dropped, not blended, as Pillow's `convert("RGB")` does;
 * of 16 bits the upper 8 are kept.
 * @param pixels the number the header declares, checked against a limit by the caller
 * @param channels 1 for grey images, 3 for RGB (palettes included)
 * @throws Error that says what is damaged
 */
export function decodePng(bytes: Uint8Array, pixels: number, channels: 1 | 3): Image {
  const essential = withoutAncillary(bytes);
  checkInflation(essential, pixels);
  const image = decode(essential, { checkCrc: true });
  const { width, height, depth } = image;
  const area = width * height;
  if (image.palette !== undefined) return { width, height, channels: 3, data: convertIndexedToRgb(image) };
  if (depth < 8) return { width, height, channels: 1, data: unpackBits(image.data, width, height, depth) };
  const data = new Uint8Array(area * channels);
  const shift = depth - 8;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      data[pixel * channels + channel] = (image.data[pixel * image.channels + channel] ?? 0) >> shift;
    }
  }
  return { width, height, channels, data };
}

/** Grey of 1, 2 or 4 bits, rows padded to bytes, spread over 0 … 255. */
function unpackBits(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const highest = 2 ** depth - 1;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * rowBytes + Math.floor((x * depth) / 8)] ?? 0;
      out[y * width + x] = ((byte >> (8 - depth - ((x * depth) % 8))) & highest) * (255 / highest);
    }
  }
  return out;
}

/** The file with only the chunks that are kept (PNG specification, 5.3: length, type, data, check sum). */
function withoutAncillary(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  out.set(bytes.subarray(0, signatureSize));
  let filled = signatureSize;
  for (const { type, start, end } of chunks(bytes)) {
    if (!kept.includes(type)) continue;
    out.set(bytes.subarray(start, end), filled);
    filled += end - start;
  }
  return out.subarray(0, filled);
}

function* chunks(bytes: Uint8Array): Generator<{ type: string; start: number; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = signatureSize;
  while (start < bytes.length) {
    const end = start + 12 + (start + 12 <= bytes.length ? view.getUint32(start) : 0);
    if (end > bytes.length) throw new Error("it is cut off");
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    yield { type, start, end };
    if (type === "IEND") return;
    start = end;
  }
  throw new Error("it is cut off");
}

/** Refuses pixel data that unpack to more than the header's pixels can take, before the library unpacks them. */
function checkInflation(bytes: Uint8Array, pixels: number): void {
  if (bytes.length * deflateGrowth <= harmless) return;
  const data = [...chunks(bytes)].filter(({ type }) => type === "IDAT");
  const joined = new Uint8Array(data.reduce((size, { start, end }) => size + end - start - 12, 0));
  let filled = 0;
  for (const { start, end } of data) {
    joined.set(bytes.subarray(start + 8, end - 4), filled);
    filled += end - start - 12;
  }
  // At most 8 bytes per pixel, and a filter byte per row of each interlacing pass.
  const size = inflatedSize("zlib", joined, 10 * pixels + 2 ** 16);
  if (size === "too-large") throw new Error("its data unpack to more than its size declares");
  if (size === "damaged") throw new Error("its data cannot be unpacked");
}
