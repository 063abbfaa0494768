import { type Random, random } from "../../../src/core/probe/random.ts";
import type { Similarities } from "./similarity.ts";

/** What a matrix says of robust and standard networks: means over cells beside the diagonal. */
export interface Rows {
  /** By network: how well all others see what its inversions show. */
  readonly byNetwork: readonly number[];
  /** Means of rows of robust and of standard networks, and their difference. */
  readonly robust: number;
  readonly standard: number;
  readonly difference: number;
  /** Means over the blocks: who inverts, who is asked. */
  readonly blocks: Readonly<Record<"robustRobust" | "robustStandard" | "standardRobust" | "standardStandard", number>>;
}

export function rowsOf(matrix: Similarities, robust: readonly boolean[]): Rows {
  const byNetwork = matrix.map((row, i) => mean(row.filter((_, j) => j !== i)));
  const block = (rows: boolean, columns: boolean): number =>
    mean(matrix.flatMap((row, i) => row.filter((_, j) => i !== j && robust[i] === rows && robust[j] === columns)));
  const [ofRobust, ofStandard] = [true, false].map((kind) => mean(byNetwork.filter((_, i) => robust[i] === kind)));
  return {
    byNetwork,
    robust: ofRobust!,
    standard: ofStandard!,
    difference: ofRobust! - ofStandard!,
    blocks: {
      robustRobust: block(true, true),
      robustStandard: block(true, false),
      standardRobust: block(false, true),
      standardStandard: block(false, false),
    },
  };
}

/** An estimate with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Mean over the draws: far from the value where drawing itself moves it. */
  readonly centre: number;
}

/** How samples are drawn anew. */
export type Resampling = "half" | "replacement";

/**
 * The 95 % interval of a statistic of n independent samples, by its spread over random draws:
 * - `half`: n/2 of them without replacement. A statistic whose variance falls as 1/n scatters over halves about the whole's
 *   value as the whole's scatters about the truth: σ²(2/n − 1/n) = σ²/n (delete-d jackknife, Shao & Wu 1989, d = n/2);
 * - `replacement`: the usual bootstrap. A sample that is drawn twice is perfectly like itself, which CKA counts as
 *   likeness of the networks: its centre says how much.
 */
export function interval(
  statistic: (picks: readonly number[]) => number,
  samples: number,
  resampling: Resampling,
  draws: number,
): Interval {
  const draw = random(0xb5, samples, draws);
  const all = Array.from({ length: samples }, (_, i) => i);
  const found = Array.from({ length: draws }, () => statistic(picked(all, resampling, draw))).sort((a, b) => a - b);
  return { value: statistic(all), low: quantile(found, 0.025), high: quantile(found, 0.975), centre: mean(found) };
}

function picked(all: readonly number[], resampling: Resampling, draw: Random): readonly number[] {
  const { length } = all;
  if (resampling === "replacement") return all.map(() => Math.floor(draw() * length));
  const order = [...all];
  const half = Math.floor(length / 2);
  for (let i = 0; i < half; i++) {
    const j = i + Math.floor(draw() * (length - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, half);
}

/** Of how many ways to name as many networks robust the difference is at least as large: a test with networks as units. */
export function rank(byNetwork: readonly number[], robust: readonly boolean[]): { better: number; ways: number } {
  const count = robust.filter(Boolean).length;
  const own = contrast(byNetwork, robust);
  let [better, ways] = [0, 0];
  for (let mask = 0; mask < 2 ** byNetwork.length; mask++) {
    const named = byNetwork.map((_, i) => ((mask >> i) & 1) === 1);
    if (named.filter(Boolean).length !== count) continue;
    ways++;
    if (contrast(byNetwork, named) >= own - 1e-12) better++;
  }
  return { better, ways };
}

function contrast(values: readonly number[], named: readonly boolean[]): number {
  return mean(values.filter((_, i) => named[i])) - mean(values.filter((_, i) => !named[i]));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}
