import type { Matrix } from "../report/report.ts";
import type { Gram } from "./gram.ts";

/** A function of two representations' Grams, in bulk: every tap of one model against every tap of the other. */
export interface Measure {
  /** Name in reports and on the command line, e.g. `cka.linear.unbiased`. */
  readonly id: string;
  readonly kind: "similarity" | "distance";
  readonly range: string;
  /** The definition in one line, so that a number can be told from its namesakes. */
  convention(setting: Setting): string;
  /**
   * From one Gram per tap over all samples. The two sides hold the same samples in the same order; handing the same
   * array twice compares a model with itself and computes each pair once. Yields the share that is done, in (0, 1],
   * often enough for a caller to look after cancellation in between.
   */
  full(rows: readonly Gram[], columns: readonly Gram[]): Generator<number, Cells>;
  /** From one Gram per tap and batch, batches as they come. */
  minibatch(): MinibatchEstimate;
}

/** How the samples entered. */
export interface Setting {
  readonly samples: number;
  readonly estimator: "full" | "minibatch";
  /** Samples per batch, with `minibatch`. */
  readonly batch?: number;
}

/** An estimate that grows with the batches. */
export interface MinibatchEstimate {
  /**
   * Takes one batch: the taps' Grams over the batch's samples, in the same order every time. The same array twice
   * compares a model with itself. A batch smaller than the measure needs adds nothing.
   */
  add(rows: readonly Gram[], columns: readonly Gram[]): void;
  /** The estimate over all batches so far; at least one must have been taken. */
  result(): Cells;
}

/** A tap × tap matrix of results. */
export interface Cells {
  /** `null` is undefined. */
  readonly values: Matrix;
  /** Ends of the 95 % interval; absent where the estimator gives none, `null` where a cell has none. */
  readonly low?: Matrix;
  readonly high?: Matrix;
  /** Why a row's cells are undefined, by row; `undefined` where they are not. */
  readonly rowReasons: readonly (string | undefined)[];
  /** The same of the columns. */
  readonly columnReasons: readonly (string | undefined)[];
}
