import { Failure } from "../failure.ts";
import type { ByteSource } from "../formats/byteSource.ts";

/** What an image file declares, before anything is decoded. */
export interface ImageHeader {
  readonly format: "png" | "jpeg";
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for colour; transparency is not counted. */
  readonly channels: 1 | 3;
}

/** Largest image decoded: as many pixels as a photograph of 8192 × 8192 has. */
const maxPixels = 2 ** 26;
/** JPEG segments looked through before the frame header; photographs with embedded previews have some dozens. */
const maxSegments = 4096;

/**
 * Reads the size and kind of a PNG or JPEG file, told by its first bytes.
 * @throws Failure `image/unknown-format`, `image/damaged`, `image/too-large`, `image/unsupported`
 */
export function readImageHeader(source: ByteSource): ImageHeader {
  const header = pngHeader(source) ?? jpegHeader(source);
  if (header === undefined) {
    throw new Failure("image/unknown-format", "This is neither a PNG nor a JPEG image, whatever its name says.", {
      file: source.name,
    });
  }
  if (header.width === 0 || header.height === 0) throw damaged(source, "it has no pixels");
  if (header.width * header.height > maxPixels) {
    throw new Failure(
      "image/too-large",
      `It declares ${header.width} × ${header.height} pixels; ${maxPixels} pixels is the limit.`,
      { file: source.name },
    );
  }
  return header;
}

/** A failure for an image that cannot be decoded; `reason` completes "The image is damaged: …". */
export function damaged(source: Pick<ByteSource, "name">, reason: string): Failure {
  return new Failure("image/damaged", `The image is damaged: ${reason}.`, {
    file: source.name,
    hint: "Replace the file or take it out of the folder.",
  });
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** PNG specification (third edition) 11.2.1: the image header is the first chunk. */
function pngHeader(source: ByteSource): ImageHeader | undefined {
  const size = Math.min(source.size, 29);
  const bytes = new Uint8Array(source.read(0, size));
  if (!pngStart.every((byte, i) => bytes[i] === byte)) return undefined;
  if (size < 29 || bytes[12] !== 0x49 || bytes[13] !== 0x48) throw damaged(source, "its header is cut off");
  const view = new DataView(bytes.buffer);
  const [depth, colour, interlace] = [bytes[24] ?? 0, bytes[25] ?? 0, bytes[28]];
  if (interlace === 1 && depth < 8) {
    throw new Failure("image/unsupported", `It is an interlaced PNG of ${depth} bits, which is not read.`, {
      file: source.name,
      hint: "Save it without interlacing.",
    });
  }
  // Colour types 0 and 4 are grey; 2, 3 (palette) and 6 are colour.
  return { format: "png", width: view.getUint32(16), height: view.getUint32(20), channels: colour % 4 === 0 ? 1 : 3 };
}

/** ITU-T T.81, B.2: segments of marker and length until the frame header (SOF0 … SOF15 but DHT, JPG and DAC). */
function jpegHeader(source: ByteSource): ImageHeader | undefined {
  const start = source.read(0, Math.min(source.size, 3));
  if (start[0] !== 0xff || start[1] !== 0xd8 || start[2] !== 0xff) return undefined;
  let position = 2;
  for (let segment = 0; segment < maxSegments && position + 10 <= source.size; segment++) {
    const bytes = source.read(position, 10);
    const marker = bytes[1] ?? 0;
    if (bytes[0] !== 0xff) throw damaged(source, "a segment is not where it should be");
    if (marker === 0xff) {
      position += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const word = (at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
      const components = bytes[9];
      if (components !== 1 && components !== 3) {
        throw new Failure("image/unsupported", `It is a JPEG of ${components} components (CMYK?), which is not read.`, {
          file: source.name,
          hint: "Save it as RGB.",
        });
      }
      return { format: "jpeg", height: word(5), width: word(7), channels: components };
    }
    position += 2 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  }
  throw damaged(source, "its header is cut off");
}
