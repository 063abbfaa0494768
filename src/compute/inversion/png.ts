import { encode } from "fast-png";

/**
 * Images side by side as one PNG.
 * @param images C × H × W each, a byte per pixel.
 * @param shape C × H × W; of one channel, of three, or of more, of which the first three are shown.
 */
export function png(images: readonly Uint8Array[], shape: readonly number[]): Uint8Array {
  const [channels = 1, height = 0, width = 0] = shape;
  const shown = channels >= 3 ? 3 : 1;
  const whole = width * images.length;
  const data = new Uint8Array(height * whole * shown);
  for (const [k, image] of images.entries()) {
    for (let c = 0; c < shown; c++) {
      for (let y = 0; y < height; y++) {
        const from = (c * height + y) * width;
        const to = y * whole + k * width;
        for (let x = 0; x < width; x++) data[(to + x) * shown + c] = image[from + x]!;
      }
    }
  }
  return encode({ width: whole, height, channels: shown, depth: 8, data });
}
