import { type BlockRun, blockRuns } from "../../core/methods/blockGrams.ts";

/** How the samples of a probe are cut into runs of the networks, and what the Grams are taken over. */
export interface Partition {
  readonly estimator: "full" | "minibatch";
  readonly samples: number;
  /** Samples per Gram: all with `full`. */
  readonly batch: number;
  readonly runs: readonly BlockRun[];
}

/** HSIC₁ of fewer samples is undefined (Song et al. 2012). */
export const fewestPerBatch = 4;

/** One Gram over all samples; runs of at most `capacity` samples. */
export function fullPartition(samples: number, capacity: number): Partition {
  return { estimator: "full", samples, batch: samples, runs: blockRuns(samples, capacity) };
}

/** One Gram per batch of consecutive samples. A last batch of fewer than four counts for the outputs only. */
export function minibatchPartition(samples: number, batch: number): Partition {
  const runs: BlockRun[] = [];
  for (let start = 0; start < samples; start += batch) runs.push([{ start, count: Math.min(batch, samples - start) }]);
  return { estimator: "minibatch", samples, batch, runs };
}

/** Samples that the runs of a partition hold, over those that there are: how often the whole probe is run. */
export function passes({ runs, samples }: Partition): number {
  return runs.flat().reduce((sum, { count }) => sum + count, 0) / samples;
}

/** Samples that enter a partition's Grams. */
export function samplesUsed({ estimator, runs, samples }: Partition): number {
  if (estimator === "full") return samples;
  return runs.flat().reduce((sum, { count }) => sum + (count < fewestPerBatch ? 0 : count), 0);
}
