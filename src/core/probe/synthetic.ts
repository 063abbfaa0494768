import { elementCount } from "../graph/tensor.ts";
import type { Random } from "./random.ts";
import { random } from "./random.ts";

/** Occluding shapes per image. */
const leaves = 8;
/** Share of the texture in a pixel; the rest is the flat colour of the shape on top. */
const texture = 0.45;
/** Finest grid of the colour noise; brightness has grids down to the pixel. */
const coarse = 8;

/**
 * One made-up sample, for comparisons without a probe. Three-axis shapes get an image with the statistics of natural
 * ones: occluding shapes of all sizes ("dead leaves": Lee, Mumford and Huang, 2001) under noise whose amplitude falls
 * as 1/f, with colours that vary less than brightness. Other shapes get uniform noise. Only operations that IEEE 754
 * rounds exactly are used, so that every machine draws the same bits.
 * @param shape C × H × W, or any other shape
 * @returns float32 in [0, 1], row-major
 */
export function syntheticSample(shape: readonly number[], seed: number, index: number): Float32Array<ArrayBuffer> {
  const source = random(seed, index);
  const values = new Float32Array(elementCount(shape));
  const [channels, height, width] = shape;
  if (shape.length !== 3 || channels === undefined || height === undefined || width === undefined) {
    return values.map(() => source());
  }
  const colours = new Float64Array(values.length);
  paintLeaves(colours, channels, height, width, source);
  const brightness = fractalNoise(height, width, Math.min(height, width), source);
  for (let channel = 0; channel < channels; channel++) {
    const hue = fractalNoise(height, width, coarse, source);
    for (let i = 0; i < height * width; i++) {
      const noise = 0.8 * (brightness[i] ?? 0) + 0.2 * (hue[i] ?? 0);
      const at = channel * height * width + i;
      values[at] = Math.min(1, Math.max(0, (1 - texture) * (colours[at] ?? 0) + texture * noise));
    }
  }
  return values;
}

/** Paints ellipses and rectangles over each other; the sizes' density falls as 1/size³, as in scale-invariant scenes. */
function paintLeaves(colours: Float64Array, channels: number, height: number, width: number, source: Random): void {
  const palette = (): Float64Array => Float64Array.from({ length: channels }, source);
  const background = palette();
  for (let at = 0; at < colours.length; at++) colours[at] = background[Math.floor(at / (height * width))] ?? 0;
  for (let leaf = 0; leaf < leaves; leaf++) {
    const size = 0.12 / Math.sqrt(1 - 0.94 * source());
    const [ry, rx] = [size * height * (0.6 + 0.8 * source()), size * width * (0.6 + 0.8 * source())];
    const [cy, cx] = [source() * height, source() * width];
    const round = source() < 0.6;
    const colour = palette();
    const [bottom, right] = [Math.min(height, Math.ceil(cy + ry)), Math.min(width, Math.ceil(cx + rx))];
    for (let y = Math.max(0, Math.floor(cy - ry)); y < bottom; y++) {
      for (let x = Math.max(0, Math.floor(cx - rx)); x < right; x++) {
        const [dy, dx] = [(y + 0.5 - cy) / ry, (x + 0.5 - cx) / rx];
        if (round ? dy * dy + dx * dx > 1 : Math.max(Math.abs(dy), Math.abs(dx)) > 1) continue;
        for (let channel = 0; channel < channels; channel++) {
          colours[(channel * height + y) * width + x] = colour[channel] ?? 0;
        }
      }
    }
  }
}

/**
 * Octaves of bilinear value noise, each with half the wavelength and half the amplitude of the one before.
 * @param finest cells along a side in the finest octave
 */
function fractalNoise(height: number, width: number, finest: number, source: Random): Float64Array {
  const noise = new Float64Array(height * width);
  let amplitude = 0.5;
  for (let cells = 2; cells <= Math.max(2, finest); cells *= 2, amplitude /= 2) {
    const side = cells + 1;
    const grid = Float64Array.from({ length: side * side }, source);
    for (let y = 0; y < height; y++) {
      const gy = ((y + 0.5) * cells) / height;
      const row = Math.floor(gy);
      for (let x = 0; x < width; x++) {
        const gx = ((x + 0.5) * cells) / width;
        const at = row * side + Math.floor(gx);
        const [ty, tx] = [gy - row, gx - Math.floor(gx)];
        const top = (1 - tx) * (grid[at] ?? 0) + tx * (grid[at + 1] ?? 0);
        const bottom = (1 - tx) * (grid[at + side] ?? 0) + tx * (grid[at + side + 1] ?? 0);
        noise[y * width + x] = (noise[y * width + x] ?? 0) + amplitude * ((1 - ty) * top + ty * bottom);
      }
    }
  }
  return noise;
}
