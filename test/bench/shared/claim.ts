import { median, medianBounds } from "./statistics.ts";

/** What we say about two programs, and the figure it is held to. */
export interface Claim {
  readonly what: string;
  /** Median over rounds. */
  readonly figure: number;
  /** One-sided 95 % bound on the side that counts. */
  readonly bound: number;
  readonly goal: string;
  readonly met: boolean;
}

/** Quotients, one by one. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, round) => value / (b[round] ?? Number.NaN));
}

/** That the median is at most so much. */
export function atMost(what: string, values: readonly number[], limit: number): Claim {
  const figure = median(values);
  return { what, figure, bound: medianBounds(values).upper, goal: `≤ ${limit}`, met: figure <= limit };
}

/** That the median's 95 % bound is at most so much. */
export function boundAtMost(what: string, values: readonly number[], limit: number): Claim {
  const bound = medianBounds(values).upper;
  return { what, figure: median(values), bound, goal: `bound ≤ ${limit}`, met: bound <= limit };
}

/** That the median is at least so much. */
export function atLeast(what: string, values: readonly number[], limit: number): Claim {
  const figure = median(values);
  return { what, figure, bound: medianBounds(values).lower, goal: `≥ ${limit}`, met: figure >= limit };
}
