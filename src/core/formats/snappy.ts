/** Why nothing came out: more bytes than allowed, or a stream that is none. */
export type SnappyProblem = "too-large" | "damaged";

/** Decompresses one block of Snappy (github.com/google/snappy/blob/main/format_description.txt) into at most `limit` bytes. */
export function unsnappy(bytes: Uint8Array, limit: number): Uint8Array | SnappyProblem {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) return "damaged";
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (size > limit) return "too-large";
  const out = new Uint8Array(size);
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    const extra = kind === 0 ? Math.max(0, (tag >> 2) - 59) : [0, 1, 2, 4][kind]!;
    if (at + extra > bytes.length) return "damaged";
    const number = littleEndian(bytes, at, extra);
    at += extra;
    const length = lengthOf(tag, extra, number);
    if (filled + length > size) return "damaged";
    if (kind === 0) {
      if (at + length > bytes.length) return "damaged";
      out.set(bytes.subarray(at, at + length), filled);
      at += length;
    } else {
      const offset = kind === 1 ? ((tag >> 5) << 8) | number : number;
      if (offset === 0 || offset > filled) return "damaged";
      // Byte by byte: a copy may reach into what it writes.
      for (let i = 0; i < length; i++) out[filled + i] = out[filled + i - offset]!;
    }
    filled += length;
  }
  return filled === size ? out : "damaged";
}

/** Length of a literal (0) or of a copy with an offset of 11, 16 or 32 bits (1, 2, 3). */
function lengthOf(tag: number, extra: number, number: number): number {
  if ((tag & 3) === 1) return 4 + ((tag >> 2) & 7);
  if ((tag & 3) === 0 && extra > 0) return number + 1;
  return (tag >> 2) + 1;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let i = count - 1; i >= 0; i--) number = number * 256 + bytes[at + i]!;
  return number;
}
