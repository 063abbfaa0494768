import type { Tap } from "../../core/graph/tap.ts";
import type { Backend } from "../backends/backend.ts";
import { representationRunner } from "../grams/representations.ts";
import { nextTurn } from "../jobs/exhaust.ts";
import type { OpenModel } from "../models/openModel.ts";

/** What a network makes of some images. */
export interface Represented {
  /** Images × the tap's width. */
  readonly rows: Float32Array;
  /** The class named for each image; `undefined` where the network names none. */
  readonly classes: Int32Array | undefined;
}

const imagesAtATime = 32;

/**
 * A network's representations of several lists of images, in pixels of the probe's shape.
 * @throws the signal's reason, between two runs.
 */
export async function represent(
  backend: Backend,
  model: OpenModel,
  tap: Tap,
  lists: readonly (readonly Float32Array[])[],
  signal: AbortSignal,
): Promise<readonly Represented[]> {
  const { answer } = model;
  const names = answer !== undefined && model.outputMeaning.kind !== "values" ? answer : undefined;
  const runner = await representationRunner(backend, model, [...new Set(names ? [tap, names] : [tap])]);
  try {
    const found: Represented[] = [];
    for (const images of lists) {
      const rows = new Float32Array(images.length * tap.width);
      const classes = names && new Int32Array(images.length);
      for (let start = 0; start < images.length; start += imagesAtATime) {
        const portion = images.slice(start, start + imagesAtATime);
        const values = await runner.run(model.prepare(joined(portion), portion.length));
        rows.set(values.get(tap.value)?.data as Float32Array, start * tap.width);
        if (names && classes) {
          const scores = values.get(names.value)?.data as Float32Array;
          for (let k = 0; k < portion.length; k++) classes[start + k] = topOf(scores, k * names.width, names.width);
        }
        await nextTurn();
        signal.throwIfAborted();
      }
      found.push({ rows, classes });
    }
    return found;
  } finally {
    await runner.release();
  }
}

/** Images one behind the other. */
export function joined(images: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const width = images[0]?.length ?? 0;
  const out = new Float32Array(images.length * width);
  for (const [i, image] of images.entries()) out.set(image, i * width);
  return out;
}

/** The first of the largest. */
function topOf(values: Float32Array, start: number, width: number): number {
  let top = 0;
  for (let i = 1; i < width; i++) if (values[start + i]! > values[start + top]!) top = i;
  return top;
}
