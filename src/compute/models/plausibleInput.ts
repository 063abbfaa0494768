import { batchNormPoints } from "../../core/architectures/plausibility/batchNormPoints.ts";
import { Observation } from "../../core/architectures/plausibility/channelStatistics.ts";
import { type Plausibility, plausibility } from "../../core/architectures/plausibility/plausibility.ts";
import {
  mostPlausible,
  type UsualNormalisation,
  usualNormalisations,
} from "../../core/architectures/plausibility/usualNormalisations.ts";
import { withBatchNormInputs } from "../../core/architectures/plausibility/withBatchNormInputs.ts";
import { type Normalisation, prepare } from "../../core/probe/preprocessing.ts";
import type { Backend } from "../backends/backend.ts";
import type { Probe } from "../probe/probe.ts";
import type { OpenModel } from "./openModel.ts";
import { asFeed } from "./sampleInput.ts";

/** Twice as many change a score in its third digit. */
const samplesObserved = 128;
const observedAtOnce = 32;
/** After the first samples, normalisations that score so many times worse than the best are looked at no further. */
const hopeless = 4;

/** A usual normalisation with how well what the network then sees agrees with its training. */
export interface PlausibleInput extends UsualNormalisation {
  readonly score: Plausibility;
}

/** Whether there is anything to judge a network's input by. */
export function hasBatchNorms({ program, file }: OpenModel): boolean {
  return batchNormPoints(program).length + (file.architecture.foldedBatchNorms?.length ?? 0) > 0;
}

/**
 * The usual normalisation under which a network sees what its batch norms saw in training; `undefined` where none is
 * plausible, where it has no batch norms, or where the probe is not made of real images.
 */
export async function mostPlausibleInput(
  model: OpenModel,
  backend: Backend,
  probe: Probe,
  signal: AbortSignal,
): Promise<PlausibleInput | undefined> {
  const usual = usualNormalisations(model.conversion.shape[model.conversion.channelAxis] ?? 0);
  const normalisations = usual.map(({ normalisation }) => normalisation);
  const scores = await plausibleInputs(model, normalisations, backend, probe, signal);
  const best = scores && mostPlausible(usual, scores);
  const score = best && scores?.[usual.indexOf(best)];
  return best && score && { ...best, score };
}

/**
 * How well what a network sees agrees with what its batch norms saw in training, under each of several normalisations.
 * @returns a score for each; `undefined` where the network has no batch norms, or the probe is not made of real images.
 */
export async function plausibleInputs(
  model: OpenModel,
  normalisations: readonly Normalisation[],
  backend: Backend,
  probe: Probe,
  signal: AbortSignal,
): Promise<readonly Plausibility[] | undefined> {
  if (probe.synthetic || probe.kind !== "image") return undefined;
  const observed = withBatchNormInputs(model.program, model.file.architecture.foldedBatchNorms);
  if (!observed) return undefined;
  const { input, batch, conversion } = model;
  const session = await backend.load(observed.program);
  try {
    const observations = normalisations.map(() => new Observation(observed.points));
    const scoreOf = (observation: Observation) => plausibility(observation.statistics, observed.points);
    const step = batch === "free" ? Math.min(observedAtOnce, probe.samples) : batch;
    const last = Math.max(0, Math.min(samplesObserved, probe.samples) - step);
    let promising = normalisations.map((_, i) => i);
    for (let start = 0; start <= last; start += step) {
      const samples = probe.read(start, step);
      for (const i of promising) {
        signal.throwIfAborted();
        const values = prepare(samples, step, conversion, normalisations[i]!);
        const feed = asFeed(input, [step, ...conversion.shape], values);
        observations[i]!.add(await session.run(new Map([[input.name, feed]])), step);
      }
      if (start === 0) promising = withoutHopeless(promising, observations.map(scoreOf));
    }
    return observations.map(scoreOf);
  } finally {
    await session.release();
  }
}

function withoutHopeless(promising: readonly number[], scores: readonly Plausibility[]): number[] {
  const best = Math.min(...scores.map(({ all }) => all));
  return promising.filter((i) => !(scores[i]!.all > hopeless * best));
}
