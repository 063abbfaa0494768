import type { Program } from "../../core/graph/graph.ts";
import { liveMemory, multiplyAdds } from "../../core/graph/live.ts";
import { inferShapes } from "../../core/graph/shapes.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { byteLength, elementCount } from "../../core/graph/tensor.ts";
import { type DescentProgram, descentProgram } from "../../core/methods/inversion/descentProgram.ts";
import type { Rectifier } from "../../core/methods/inversion/presets.ts";
import { convert } from "../../core/probe/layout.ts";
import type { Backend, Session } from "../backends/backend.ts";
import { memoryBudget, requireMemory } from "../courtesy.ts";
import type { OpenModel } from "../models/openModel.ts";

/** One image's residual and gradient are wanted at `point`, with respect to `target`. */
export interface Wanted {
  /** Pixels of the probe's shape. */
  readonly point: Float32Array;
  /** Representation of the target. */
  readonly target: Float32Array;
}

export interface Evaluated {
  readonly residual: number;
  /** With respect to the pixels of the probe's shape. Valid until the next run. */
  readonly gradient: Float32Array;
  /** Representation at the point less that of the target. Valid until the next run. */
  readonly difference: Float32Array;
}

/** Runs a network forward to a tap and back to its pixels. */
export interface StepRunner {
  /** Images that one run takes at most. */
  readonly batch: number;
  readonly notices: readonly string[];
  run(wanted: readonly Wanted[]): Promise<readonly Evaluated[]>;
  release(): Promise<void>;
}

/** Images of a run: beyond, a run gains nothing and a cancellation waits longer. */
const mostImages = 64;
/** Multiply-adds of a run: about half a second on a laptop's processor. */
const mostWork = 3e10;

/**
 * Compiles what a descent asks of a model.
 * @param batch images of a run; absent is the largest number that memory allows and a cancellation can wait for.
 * @throws Failure of {@link descentProgram}; `memory/not-enough`
 */
export async function stepRunner(
  backend: Backend,
  model: OpenModel,
  tap: Tap,
  rectifier: Rectifier,
  batch: number | undefined,
): Promise<StepRunner> {
  const { program, input, conversion, preprocessing } = model;
  const profile = backend.provider === "webgpu" ? "webgpu" : "cpu";
  const inverted = { program, input, conversion, normalisation: preprocessing, tap, batch: model.batch };
  const whole = descentProgram(inverted, { profile, rectifier });
  const cost = costOf(whole, conversion.shape, tap.width, model.batch === "free" ? 1 : model.batch);
  requireMemory(cost.weights + cost.live);
  const room = Math.floor((memoryBudget() - cost.weights) / cost.live);
  const usual = Math.max(1, Math.min(mostImages, Math.floor(mostWork / cost.work)));
  const images = model.batch === "free" ? Math.max(1, Math.min(room, batch ?? usual)) : model.batch;
  // Where the engine knows that there is one image, it keeps the way back in its convolutions' own layout as well.
  const isAlone = model.batch === "free" && images === 1;
  const descent = isAlone ? descentProgram({ ...inverted, batch: 1 }, { profile, rectifier }) : whole;
  const session = await backend.load(descent.program, { spin: true });
  return {
    batch: images,
    notices: descent.notices,
    run: (wanted) => run(session, descent, model, tap, wanted),
    release: () => session.release(),
  };
}

/** Bytes and multiply-adds of one image. */
function costOf({ program, pixels, target }: DescentProgram, shape: readonly number[], width: number, batch: number) {
  const sizes = new Map([
    [pixels, [batch, ...shape]],
    [target, [batch, width]],
  ]);
  const values = inferShapes(program, sizes);
  return {
    weights: weightBytes(program),
    live: Math.max(1, liveMemory(program, values) / batch),
    work: Math.max(1, multiplyAdds(program, values) / batch),
  };
}

/** Twice: the engine packs what convolutions and products take. */
function weightBytes({ graph }: Program): number {
  return [...graph.initializers.values()].reduce((sum, tensor) => sum + 2 * byteLength(tensor), 0);
}

async function run(
  session: Session,
  descent: DescentProgram,
  { conversion, batch, input }: OpenModel,
  tap: Tap,
  wanted: readonly Wanted[],
): Promise<readonly Evaluated[]> {
  const count = batch === "free" ? wanted.length : batch;
  const own = elementCount(conversion.shape);
  const pixels = new Float32Array(count * own);
  const targets = new Float32Array(count * tap.width);
  for (let k = 0; k < count; k++) {
    // A network that takes a fixed number of images gets the first again for those that are missing.
    const { point, target } = wanted[k] ?? wanted[0]!;
    pixels.set(convert(point as Float32Array<ArrayBuffer>, 1, conversion), k * own);
    targets.set(target, k * tap.width);
  }
  const found = await session.run(
    new Map([
      [descent.pixels, { shape: [count, ...conversion.shape], data: pixels }],
      [descent.target, { shape: [count, tap.width], data: targets }],
    ]),
  );
  const values = (name: string): Float32Array => {
    const data = found.get(name)?.data;
    if (data instanceof Float32Array) return data;
    throw new TypeError(`no gradient of ${input.name} came out`);
  };
  const [residuals, gradients, differences] = [descent.residual, descent.gradient, descent.difference].map(values);
  return wanted.map(({ point }, k) => ({
    residual: residuals![k] ?? Number.NaN,
    gradient: unconverted(gradients!.subarray(k * own, (k + 1) * own), conversion.order, point.length),
    difference: differences!.subarray(k * tap.width, (k + 1) * tap.width),
  }));
}

/** The way back of a conversion: a pixel that the model sees several times has the sum of its gradients. */
export function unconverted(gradient: Float32Array, order: Int32Array | undefined, length: number): Float32Array {
  if (order === undefined) return gradient;
  const out = new Float32Array(length);
  for (let i = 0; i < order.length; i++) out[order[i]!]! += gradient[i]!;
  return out;
}
