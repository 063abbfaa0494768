import { Observation } from "../../core/architectures/plausibility/channelStatistics.ts";
import { type Plausibility, plausibility } from "../../core/architectures/plausibility/plausibility.ts";
import { withBatchNormInputs } from "../../core/architectures/plausibility/withBatchNormInputs.ts";
import type { Backend } from "../backends/backend.ts";
import type { Probe } from "../probe/probe.ts";
import type { OpenModel } from "./openModel.ts";

/** Twice as many change a score in its third digit. */
const samplesObserved = 128;
const observedAtOnce = 32;

/**
 * How well what a network sees agrees with what its batch norms saw in training, under each of several preprocessings.
 * @param candidates one network that is opened with several preprocessings.
 * @returns a score for each; `undefined` where the network has no batch norms, or the probe is not made of real images.
 */
export async function plausibleInputs(
  candidates: readonly OpenModel[],
  backend: Backend,
  probe: Probe,
  signal: AbortSignal,
): Promise<readonly Plausibility[] | undefined> {
  const [first] = candidates;
  if (!first || probe.synthetic || probe.kind !== "image") return undefined;
  const observed = withBatchNormInputs(first.program, first.file.architecture.foldedBatchNorms);
  if (!observed) return undefined;
  const session = await backend.load(observed.program);
  try {
    const scores: Plausibility[] = [];
    const step = first.batch === "free" ? observedAtOnce : first.batch;
    const total = Math.min(samplesObserved, probe.samples);
    for (const candidate of candidates) {
      const observation = new Observation(observed.points);
      for (let start = 0; start + step <= total || start === 0; start += step) {
        signal.throwIfAborted();
        const count = Math.min(step, total - start);
        const input = candidate.prepare(probe.read(start, count), count);
        observation.add(await session.run(new Map([[first.input.name, input]])), count);
      }
      scores.push(plausibility(observation.statistics, observed.points));
    }
    return scores;
  } finally {
    await session.release();
  }
}
