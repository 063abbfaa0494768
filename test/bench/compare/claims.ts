import { atLeast, atMost, boundAtMost, type Claim, ratios } from "../shared/claim.ts";
import type { ComparisonRound } from "./comparisonAnswer.ts";

/** Positions of the programs in each round; absent where one was left out. */
export interface Places {
  readonly forward: number;
  readonly ours: number | undefined;
  readonly smart: number | undefined;
  readonly torchCka: number | undefined;
}

/** The claims that can be made with the programs that ran, for an answer that was computed or `stored`. */
export function claims(rounds: readonly ComparisonRound[], places: Places, stored: boolean): Claim[] {
  const { forward, ours, smart, torchCka } = places;
  if (ours === undefined) return [];
  const seconds = (place: number): number[] => rounds.map((round) => secondsOf(round, place));
  if (stored) {
    const passes = rounds.map((round) => round[ours]?.forwardPasses ?? Number.NaN);
    return [atMost("time of the request, s", seconds(ours), 1), atMost("forward passes", passes, 0)];
  }
  const made = [atMost("time, of the forward passes alone", ratios(seconds(ours), seconds(forward)), 1.5)];
  if (smart !== undefined) {
    const memory = (place: number): number[] => rounds.map((round) => round[place]?.memoryMB ?? Number.NaN);
    made.push(boundAtMost("time, of PyTorch's", ratios(seconds(ours), seconds(smart)), 1.05));
    made.push(atMost("peak memory, of PyTorch's (the goal is 0.5)", ratios(memory(ours), memory(smart)), 1));
  }
  if (torchCka !== undefined) {
    const excess = rounds.map((round) => secondsOf(round, ours) - secondsOf(round, forward));
    const theirs = rounds.map((round) => secondsOf(round, torchCka) - (round[torchCka]?.forwardSeconds ?? Number.NaN));
    made.push(atLeast("torch_cka's time beyond its forward passes, over ours beyond ours", ratios(theirs, excess), 8));
  }
  return made;
}

/** Time of a run with what was estimated instead of run. */
export function secondsOf(round: ComparisonRound, place: number): number {
  const run = round[place];
  return run === undefined ? Number.NaN : run.seconds + (run.estimatedSeconds ?? 0);
}
