import { type Frame, frameOf } from "./frames.ts";
import type { Inversion } from "./inverting.ts";

/**
 * A descent as few images: the seed, what was kept on the way while it still got better, and the best, whose step is the
 * one that found it.
 */
export function filmStrip(seed: Float32Array, { pixels, history, frames }: Inversion): readonly Frame[] {
  const found = stepOfBest(history);
  if (found === 0) return [frameOf(0, pixels)];
  return [frameOf(0, seed), ...frames.filter(({ step }) => step < found), frameOf(found, pixels)];
}

/** The first step after which the best residual was the last one. */
function stepOfBest(history: ArrayLike<number>): number {
  let step = Math.max(0, history.length - 1);
  while (step > 0 && history[step - 1] === history[step]) step--;
  return step;
}
