/** The Castagnoli polynomial, reversed. */
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  return remainder;
});

/** CRC-32C (RFC 3720, appendix B.4) of bytes, 0 to 2^32 − 1. */
export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    remainder = (table[(remainder ^ bytes[i]!) & 0xff]! ^ (remainder >>> 8)) >>> 0;
  }
  return (remainder ^ 0xffffffff) >>> 0;
}

/** As LevelDB and TensorFlow write it, so that a sum over data with sums in it is as good as any (crc32c.h, `Mask`). */
export function maskedCrc32c(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
