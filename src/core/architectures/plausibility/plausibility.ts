import { toFloat64 } from "../../graph/numbers.ts";
import type { BatchNormPoint } from "./batchNormPoints.ts";
import type { ChannelStatistics } from "./channelStatistics.ts";

/** How well what a network sees agrees with what it was trained on. */
export interface Plausibility {
  /** Median over the channels of the first batch norm's input of KL(seen ‖ trained), in nats; infinite for what is no number. */
  readonly first: number;
  /** Mean of these medians over all batch norms. */
  readonly all: number;
  readonly verdict: Verdict;
}

/**
 * - `good`: input and structure are as in training, or so near that this cannot tell;
 * - `wrong`: the input is scaled otherwise or is of another kind, or the network is not the one that was trained;
 * - `doubtful`: between the two.
 */
export type Verdict = "good" | "doubtful" | "wrong";

/** Scores of trained networks on images of their own kind are below, with the right scaling or one that is nearly that. */
export const goodBelow = 0.03;

/** Scores with a wrong scaling, a wrong activation or with noise for images are above. */
export const wrongAbove = 0.1;

/**
 * Compares what batch norms are given with the running statistics that they keep.
 * @param statistics seen, in the order of `points`.
 */
export function plausibility(
  statistics: readonly ChannelStatistics[],
  points: readonly Pick<BatchNormPoint, "mean" | "variance">[],
): Plausibility {
  const channels = points.map((point, i) => divergences(statistics[i]!, point)).filter((each) => each.length > 0);
  const medians = channels.map(median);
  const [first = Number.POSITIVE_INFINITY] = medians;
  const all = medians.length === 0 ? first : medians.reduce((sum, each) => sum + each, 0) / medians.length;
  return { first, all, verdict: verdictOf(all) };
}

function verdictOf(score: number): Verdict {
  if (score < goodBelow) return "good";
  return score <= wrongAbove ? "doubtful" : "wrong";
}

/** Of normal distributions, per channel; channels that are constant in training say nothing and are left out. */
function divergences(seen: ChannelStatistics, trained: Pick<BatchNormPoint, "mean" | "variance">): number[] {
  const [means, variances] = [toFloat64(trained.mean), toFloat64(trained.variance)];
  const divergences: number[] = [];
  for (let i = 0; i < means.length; i++) {
    const variance = variances[i]!;
    if (!(variance > smallest)) continue;
    const seenVariance = Math.max(seen.variance[i]!, smallest * variance);
    const apart = seen.mean[i]! - means[i]!;
    const divergence = (Math.log(variance / seenVariance) + (seenVariance + apart * apart) / variance - 1) / 2;
    divergences.push(Number.isNaN(divergence) ? Number.POSITIVE_INFINITY : divergence);
  }
  return divergences;
}

/** Under this a variance is that of a channel that never fires. */
const smallest = 1e-12;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
