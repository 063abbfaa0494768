/** Floating-point types of 4 to 16 bits, from their bits to numbers (ONNX: "Float stored in 8 bits", "in 4 bits"). */

export type Float8Format = "float8e4m3fn" | "float8e4m3fnuz" | "float8e5m2" | "float8e5m2fnuz" | "float8e8m0";

/** IEEE 754 binary16. */
export function float16(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  if (exponent === 0x1f) return signOf(bits, 15) * ((bits & 0x3ff) === 0 ? Number.POSITIVE_INFINITY : Number.NaN);
  return scaled(bits, 5, 10, 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
export function bfloat16(bits: number): number {
  word.setUint16(2, bits, true);
  return word.getFloat32(0, true);
}

/** E2M1: no infinities, no NaN. */
export function float4e2m1(bits: number): number {
  return scaled(bits, 2, 1, 1);
}

/** The 8-bit floats: E4M3 and E5M2 with their variants without infinities and negative zero, and the power-of-two E8M0. */
export function float8(format: Float8Format, bits: number): number {
  switch (format) {
    case "float8e4m3fn":
      return (bits & 0x7f) === 0x7f ? Number.NaN : scaled(bits, 4, 3, 7);
    case "float8e4m3fnuz":
      return bits === 0x80 ? Number.NaN : scaled(bits, 4, 3, 8);
    case "float8e5m2":
      if ((bits & 0x7f) === 0x7c) return signOf(bits, 7) * Number.POSITIVE_INFINITY;
      return (bits & 0x7f) > 0x7c ? Number.NaN : scaled(bits, 5, 2, 15);
    case "float8e5m2fnuz":
      return bits === 0x80 ? Number.NaN : scaled(bits, 5, 2, 16);
    case "float8e8m0":
      return bits === 0xff ? Number.NaN : 2 ** (bits - 127);
  }
}

/** Sign, exponent and fraction as IEEE 754 reads finite numbers, with the exponent's bias. */
function scaled(bits: number, exponentBits: number, fractionBits: number, bias: number): number {
  const exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  const fraction = (bits & ((1 << fractionBits) - 1)) / (1 << fractionBits);
  const magnitude = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
  return signOf(bits, exponentBits + fractionBits) * magnitude;
}

function signOf(bits: number, position: number): number {
  return (bits >> position) & 1 ? -1 : 1;
}
