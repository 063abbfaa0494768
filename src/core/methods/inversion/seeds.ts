import { Failure } from "../../failure.ts";
import { elementCount } from "../../graph/tensor.ts";
import { type Random, random } from "../../probe/random.ts";

/**
 * What inversions begin from: another sample of the probe, of another class where labels are known (`other-class`) or of
 * any (`image`), or what is drawn: independent normal pixels (`noise`, reaching beyond [0, 1]), grey with a little noise
 * (`grey`), one colour (`black`, `white`), or natural spectra of random phase (`fourier`).
 */
export type SeedKind = "other-class" | "image" | "noise" | "grey" | "black" | "white" | "fourier";

export const seedKinds: readonly SeedKind[] = ["other-class", "image", "noise", "grey", "black", "white", "fourier"];

/** Whether seeds are samples of the probe. */
export function isNatural(kind: SeedKind): boolean {
  return kind === "other-class" || kind === "image";
}

/**
 * A seed that is drawn, the same on every machine for the same `seed`, repeat and position.
 * @param shape of one sample, C × H × W for images.
 * @throws Failure `inversion/seed-kind` where samples of that shape have no such seed.
 */
export function drawnSeed(
  kind: Exclude<SeedKind, "other-class" | "image">,
  shape: readonly number[],
  ...seeds: readonly [seed: number, repeat: number, position: number]
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(elementCount(shape));
  const draw = random(0x1e, ...seeds);
  switch (kind) {
    case "black":
      return out;
    case "white":
      return out.fill(1);
    case "noise":
      for (let i = 0; i < out.length; i++) out[i] = normal(draw);
      return out;
    case "grey":
      for (let i = 0; i < out.length; i++) out[i] = 0.5 + normal(draw) / 20;
      return out;
    case "fourier": {
      const [channels = 0, height = 0, width = 0] = shape;
      if (shape.length !== 3) {
        throw new Failure(
          "inversion/seed-kind",
          "Seeds from a spectrum are images, and the probe's samples are none.",
          {
            hint: "Choose another kind of seed, such as noise.",
          },
        );
      }
      for (let c = 0; c < channels; c++) out.set(pinkImage(height, width, draw), c * height * width);
      return out;
    }
  }
}

/** A number of the standard normal distribution (Box and Muller). */
function normal(draw: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}

/** An image whose amplitudes fall as 1 / frequency, as those of photographs do, with random phases, in (0, 1). */
function pinkImage(height: number, width: number, draw: Random): Float32Array {
  const [columns, rows] = [Math.floor(width / 2) + 1, height];
  const lowest = 1 / Math.max(height, width);
  // Rows first, then columns: H·W·(H + W) multiplications.
  const real = new Float64Array(rows * width);
  const imaginary = new Float64Array(rows * width);
  for (let v = 0; v < rows; v++) {
    const vertical = Math.min(v, rows - v) / height;
    for (let u = 0; u < columns; u++) {
      const scale = 1 / Math.max(Math.hypot(vertical, u / width), lowest);
      const [a, b] = [normal(draw) * scale, normal(draw) * scale];
      for (let x = 0; x < width; x++) {
        const angle = (2 * Math.PI * u * x) / width;
        real[v * width + x]! += a * Math.cos(angle) - b * Math.sin(angle);
        imaginary[v * width + x]! += a * Math.sin(angle) + b * Math.cos(angle);
      }
    }
  }
  const out = new Float32Array(height * width);
  const waves = Float64Array.from({ length: height }, (_, i) => (2 * Math.PI * i) / height);
  let squares = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = 0; v < rows; v++) {
        const angle = waves[(v * y) % height]!;
        sum += real[v * width + x]! * Math.cos(angle) - imaginary[v * width + x]! * Math.sin(angle);
      }
      out[y * width + x] = sum;
      squares += sum * sum;
    }
  }
  const spread = Math.sqrt(squares / out.length) || 1;
  for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp((-1.5 * out[i]!) / spread));
  return out;
}
