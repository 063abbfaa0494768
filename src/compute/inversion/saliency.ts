import { liveMemory, multiplyAdds } from "../../core/graph/live.ts";
import { inferShapes } from "../../core/graph/shapes.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { byteLength, elementCount } from "../../core/graph/tensor.ts";
import { type SaliencyProgram, saliencyProgram } from "../../core/methods/inversion/saliencyProgram.ts";
import { SaliencySums } from "../../core/methods/saliency.ts";
import { convert } from "../../core/probe/layout.ts";
import type { SaliencyCosines } from "../../core/report/report.ts";
import type { Backend } from "../backends/backend.ts";
import { requireMemory } from "../courtesy.ts";
import { nextTurn } from "../jobs/exhaust.ts";
import type { OpenModel } from "../models/openModel.ts";
import type { Asked } from "./asked.ts";
import type { Side } from "./side.ts";
import { unconverted } from "./stepRunner.ts";
import type { Workplace } from "./workplace.ts";

/** Multiply-adds of a run, and images of it at most: about half a second on a laptop's processor. */
const mostWork = 3e10;
const mostImages = 32;

/** Gives the gradient of one class's score per image with respect to the pixels of the probe's shape. */
interface SaliencyRunner {
  /** Images that one run takes at most. */
  readonly batch: number;
  run(images: readonly Float32Array[], classes: readonly number[]): Promise<readonly Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Compares the models' gradients on the targets. Networks that name no class have no cosines.
 * @throws Failure of gradients; `memory/not-enough`; the signal's reason, between two runs.
 */
export async function saliency(asked: Asked, sides: readonly Side[], place: Workplace): Promise<SaliencyCosines> {
  const { targets } = asked;
  const { frame, job, backend, warnings } = place;
  const sums = new SaliencySums(sides.length);
  const runners: (SaliencyRunner | undefined)[] = [];
  try {
    for (const { model, name, targets: seen } of sides) {
      const { answer } = model;
      if (answer && seen.classes) runners.push(await frame.load(() => saliencyRunner(backend, model, answer)));
      else {
        runners.push(undefined);
        const message = "The network names no classes, so that there is no score whose gradient could be compared.";
        warnings.push({ code: "inversion/no-classes", message, where: name });
      }
    }
    const batch = Math.min(...runners.map((runner) => runner?.batch ?? mostImages));
    for (let start = 0; start < targets.length; start += batch) {
      job.report({ phase: "Comparing gradients", done: start, total: targets.length });
      const images = targets.slice(start, start + batch);
      const found: (readonly Float32Array[])[] = [];
      for (const [i, runner] of runners.entries()) {
        const classes = [...(sides[i]!.targets.classes ?? [])].slice(start, start + batch);
        found.push(runner ? await frame.forward(() => runner.run(images, classes)) : []);
        await nextTurn();
        job.signal.throwIfAborted();
      }
      for (const k of images.keys()) sums.take(found.map((gradients) => gradients[k]));
    }
    return sums.result;
  } finally {
    for (const runner of runners) await runner?.release();
  }
}

async function saliencyRunner(backend: Backend, model: OpenModel, answer: Tap): Promise<SaliencyRunner> {
  const { program, input, conversion, preprocessing: normalisation, batch } = model;
  const profile = backend.provider === "webgpu" ? "webgpu" : "cpu";
  const compiled = saliencyProgram({ program, input, conversion, normalisation, tap: answer, batch }, profile);
  const images = imagesOfRun(compiled, model, answer);
  const session = await backend.load(compiled.program);
  return {
    batch: images,
    async run(points, classes) {
      const count = batch === "free" ? points.length : batch;
      const own = elementCount(conversion.shape);
      const pixels = new Float32Array(count * own);
      const choice = new Float32Array(count * answer.width);
      for (let k = 0; k < count; k++) {
        // A network that takes a fixed number of images gets the first again for those that are missing.
        const there = k < points.length ? k : 0;
        pixels.set(convert(points[there] as Float32Array<ArrayBuffer>, 1, conversion), k * own);
        choice[k * answer.width + classes[there]!] = 1;
      }
      const found = await session.run(
        new Map([
          [compiled.pixels, { shape: [count, ...conversion.shape], data: pixels }],
          [compiled.classes, { shape: [count, answer.width], data: choice }],
        ]),
      );
      const gradients = found.get(compiled.gradient)?.data;
      if (!(gradients instanceof Float32Array)) throw new TypeError(`no gradient of ${input.name} came out`);
      return points.map((point, k) =>
        unconverted(gradients.subarray(k * own, (k + 1) * own), conversion.order, point.length),
      );
    },
    release: () => session.release(),
  };
}

function imagesOfRun({ program, pixels, classes }: SaliencyProgram, model: OpenModel, answer: Tap): number {
  const count = model.batch === "free" ? 1 : model.batch;
  const values = inferShapes(
    program,
    new Map([
      [pixels, [count, ...model.conversion.shape]],
      [classes, [count, answer.width]],
    ]),
  );
  const weights = [...program.graph.initializers.values()].reduce((sum, tensor) => sum + 2 * byteLength(tensor), 0);
  const work = multiplyAdds(program, values) / count;
  const images = model.batch === "free" ? Math.max(1, Math.min(mostImages, Math.floor(mostWork / work))) : model.batch;
  requireMemory(weights + (liveMemory(program, values) / count) * images);
  return images;
}
