import { elementCount } from "../../core/graph/tensor.ts";
import { residualCurve } from "../../core/methods/inversion/residuals.ts";
import { isNatural } from "../../core/methods/inversion/seeds.ts";
import type { StoreKey } from "../store/storeKey.ts";
import type { Asked } from "./asked.ts";
import { expectedSteps } from "./expectedSteps.ts";
import { type Framed, framesOf } from "./frames.ts";
import { Inverting, type Tasks } from "./inverting.ts";
import type { Side } from "./side.ts";
import { stepRunner } from "./stepRunner.ts";
import { restoreInversions, resumed, saveInversions } from "./storedInversions.ts";
import type { Workplace } from "./workplace.ts";

/** Milliseconds between two tellings of progress, at least. */
const progressPause = 250;

/** Inverts one model at one layer, or finds in the store what came of it, and puts it into the side. */
export async function invertSide(side: Side, index: number, asked: Asked, place: Workplace): Promise<void> {
  const { setting, probe, targets } = asked;
  const count = targets.length * setting.repeats;
  const key = inversionKey(side, asked, place);
  const kept = await restoreInversions(place.store, key, count, elementCount(probe.sampleShape));
  if (kept) {
    side.inversions = kept;
    return;
  }
  const inverting = resumed(key, () => new Inverting(count, setting.rule, setting.steps, framed(asked)));
  if (!inverting.result) await descend(inverting, side, index, count, asked, place);
  side.inversions = inverting.result ?? [];
  await saveInversions(place.store, key, side.inversions);
}

async function descend(
  inverting: Inverting,
  side: Side,
  index: number,
  count: number,
  asked: Asked,
  { backend, frame, job, warnings }: Workplace,
): Promise<void> {
  const { model, tap, name } = side;
  const { setting, params } = asked;
  const runner = await frame.load(() => stepRunner(backend, model, tap, setting.rectifier, params.batch));
  try {
    for (const message of runner.notices) warnings.push({ code: "inversion/gradient", message, where: name });
    const phase = asked.layers.length > 1 ? `Inverting ${tap.name} of ${name}` : `Inverting ${name}`;
    let [runs, told, last] = [0, 0, performance.now()];
    const observe = (): void => {
      const seconds = (performance.now() - last) / 1000;
      last = performance.now();
      // The first run asks the system for memory, which those after it have.
      if (++runs === 2 && index === 0) {
        const whole = (seconds / Math.min(runner.batch, count)) * imageSteps(count, asked);
        job.report({ phase, estimate: { seconds: whole, memoryMB: process.memoryUsage.rss() / 2 ** 20 } });
      }
      if (performance.now() - told < progressPause) return;
      told = performance.now();
      const curve = residualCurve(inverting.histories);
      job.report({ phase, ...inverting.progress, residual: { model: index, curve } });
    };
    await frame.forward(() => inverting.go(runner, tasksOf(side, count, asked), job.signal, observe));
  } finally {
    await runner.release();
  }
}

/** Steps of all images at all layers of all models, of which this many images are one layer of one model. */
function imageSteps(count: number, { models, layers, setting }: Asked): number {
  return count * models.length * layers.length * expectedSteps(setting);
}

function tasksOf({ targets, tap }: Side, count: number, asked: Asked): Tasks {
  return {
    count,
    seed: asked.seed,
    target: (position) => {
      const pair = position % asked.targets.length;
      return targets.rows.subarray(pair * tap.width, (pair + 1) * tap.width);
    },
  };
}

/** Frames of the first repeat, which is the one that is shown; none where samples are no images. */
function framed({ targets, setting, probe }: Asked): Framed {
  const images = probe.sampleShape.length === 3 ? targets.length : 0;
  return framesOf(images, setting.steps, elementCount(probe.sampleShape));
}

/** Everything that decides a model's inversions. */
export function inversionKey({ model, tap }: Side, asked: Asked, { backend }: Workplace): StoreKey {
  const { setting, params, pairs, probe } = asked;
  const { rule, steps, seedKind, repeats, rectifier } = setting;
  const drawn = isNatural(seedKind) ? [] : [params.seed, repeats];
  const frames = [...framed(asked).steps];
  return {
    kind: "inversion",
    graph: model.file.graphDigest,
    weights: model.file.weightsDigest,
    value: tap.value,
    probe: probe.digest,
    preprocessing: JSON.stringify([model.preprocessing.mean, model.preprocessing.std]),
    estimator: "full",
    partition: JSON.stringify([pairs, rule, steps, seedKind, rectifier, params.batch ?? 0, frames, ...drawn]),
    provider: backend.provider,
    precision: "float32",
    engine: backend.engine,
  };
}
