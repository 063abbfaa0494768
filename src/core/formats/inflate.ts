import { Gunzip, Inflate, Unzlib } from "fflate";

/** Containers of a deflate stream: bare (RFC 1951, in zip), zlib (RFC 1950, in PNG), gzip (RFC 1952). */
export type Compression = "deflate" | "zlib" | "gzip";

/** Why nothing came out: more bytes than allowed, or a stream that is cut off or not deflate at all. */
export type InflateProblem = "too-large" | "damaged";

const decoders = { deflate: Inflate, zlib: Unzlib, gzip: Gunzip };

/** Compressed bytes per step. Deflate grows at most 1032-fold, so a step gives at most 64 MiB before the limit is seen. */
const step = 64 * 1024;

/** Inflates `bytes` into at most `limit` bytes. */
export function inflate(compression: Compression, bytes: Uint8Array, limit: number): Uint8Array | InflateProblem {
  const chunks: Uint8Array[] = [];
  const size = stream(compression, bytes, limit, (chunk) => chunks.push(chunk));
  if (typeof size === "string") return size;
  const [first] = chunks;
  if (first !== undefined && first.length === size) return first;
  const whole = new Uint8Array(size);
  let filled = 0;
  for (const chunk of chunks) {
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  return whole;
}

/** How many bytes `bytes` inflate to, without keeping them; stops at `limit`. */
export function inflatedSize(compression: Compression, bytes: Uint8Array, limit: number): number | InflateProblem {
  return stream(compression, bytes, limit, () => {});
}

function stream(
  compression: Compression,
  bytes: Uint8Array,
  limit: number,
  take: (chunk: Uint8Array) => void,
): number | InflateProblem {
  let size = 0;
  const decoder = new decoders[compression]((chunk) => {
    size += chunk.length;
    if (size <= limit) take(chunk);
  });
  try {
    for (let offset = 0; offset < bytes.length && size <= limit; offset += step) {
      decoder.push(bytes.subarray(offset, offset + step), offset + step >= bytes.length);
    }
  } catch {
    return "damaged";
  }
  return size > limit ? "too-large" : size;
}
