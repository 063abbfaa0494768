/** What an image looked like on its way. */
export interface Frame {
  /** Steps taken by then. */
  readonly step: number;
  /** The best image so far, C × H × W, each pixel a byte. */
  readonly pixels: Uint8Array;
}

/** Which frames of a descent are kept. */
export interface Framed {
  /** The first so many images have frames. */
  readonly images: number;
  readonly steps: ReadonlySet<number>;
}

/** Bytes that the frames of one model may take, so that those of two take 64 MiB. */
const mostBytes = 32 * 2 ** 20;

/**
 * Frames after 1, 2, 4, 8, … of at most `steps` steps, skipped evenly where they would take too much memory. The seed and
 * the best are known without.
 * @param pixels numbers per image.
 */
export function framesOf(images: number, steps: number, pixels: number): Framed {
  const all: number[] = [];
  for (let step = 1; step < steps; step *= 2) all.push(step);
  const room = Math.min(all.length, Math.floor(mostBytes / Math.max(1, images * pixels)));
  const kept = Array.from({ length: room }, (_, k) => all[Math.floor(((k + 0.5) * all.length) / room)]!);
  return { images, steps: new Set(kept) };
}

export function frameOf(step: number, image: Float32Array): Frame {
  return { step, pixels: inBytes(image) };
}

/** Pixels of [0, 1] as 0 to 255; those beyond are cut off. */
export function inBytes(image: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(image.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(255 * Math.min(1, Math.max(0, image[i]!)));
  return bytes;
}
