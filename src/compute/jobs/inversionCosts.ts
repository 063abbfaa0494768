import type { Tap } from "../../core/graph/tap.ts";
import { presetIds } from "../../core/methods/inversion/presets.ts";
import type { InversionCost, InvertParams } from "../../protocol/compute.ts";
import { type Asked, withAsked } from "../inversion/asked.ts";
import { controversialSteps } from "../inversion/controversial.ts";
import { expectedSteps } from "../inversion/expectedSteps.ts";
import { settingOf } from "../inversion/question.ts";
import { stepRunner } from "../inversion/stepRunner.ts";
import type { Workplace } from "../inversion/workplace.ts";
import type { Job } from "../job.ts";
import type { OpenModel } from "../models/openModel.ts";
import { nextTurn } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * What each preset would cost for the same models, layers and images, from one step of each that is run.
 * @throws Failure as {@link invert}
 */
export async function inversionCosts(params: InvertParams, job: Job): Promise<readonly InversionCost[]> {
  return withAsked(params, new ReportFrame("inversion", params.seed), job, async (asked, place) => {
    const secondsPerStep: number[] = [];
    for (const layer of asked.layers) {
      let seconds = 0;
      for (const [i, tap] of layer.entries()) {
        job.report({ phase: `Trying ${asked.names[i]}` });
        seconds += await stepSeconds(asked.models[i]!, tap, asked, place);
      }
      secondsPerStep.push(seconds);
    }
    const ofAllLayers = secondsPerStep.reduce((sum, seconds) => sum + seconds, 0);
    const ofLastLayer = secondsPerStep.at(-1) ?? 0;
    // Each model sees and misses what each of the others does, in the first repeat.
    const disputes = params.controversial ? 2 * (asked.models.length - 1) * asked.targets.length : 0;
    return presetIds.map((preset) => {
      const setting = settingOf({ ...params, preset });
      const images = asked.targets.length * setting.repeats;
      const inverting = ofAllLayers * images * expectedSteps(setting);
      const seconds = inverting + ofLastLayer * disputes * controversialSteps(setting);
      return { preset, seconds, images, steps: setting.steps };
    });
  });
}

/** Seconds of one image's step in the company of others. */
async function stepSeconds(model: OpenModel, tap: Tap, asked: Asked, { backend, job }: Workplace): Promise<number> {
  const { targets, setting, params } = asked;
  const runner = await stepRunner(backend, model, tap, setting.rectifier, params.batch);
  try {
    const target = new Float32Array(tap.width).fill(1);
    const wanted = targets.slice(0, runner.batch).map((point) => ({ point, target }));
    let seconds = 0;
    // The first run asks the system for memory, which those after it have.
    for (let run = 0; run < 2; run++) {
      const started = performance.now();
      await runner.run(wanted);
      seconds = (performance.now() - started) / 1000;
      await nextTurn();
      job.signal.throwIfAborted();
    }
    return seconds / wanted.length;
  } finally {
    await runner.release();
  }
}
