import type { Gram } from "../../core/measures/gram.ts";
import type { Cells, Measure, MinibatchEstimate, Setting } from "../../core/measures/measure.ts";
import { type Axes, measureMatrix, undefinedTaps } from "../../core/methods/comparison.ts";
import type { MeasureMatrix, Warning } from "../../core/report/report.ts";
import { exhaust } from "../jobs/exhaust.ts";

/** Names of a pair's taps and models. */
export interface PairNames extends Axes {
  readonly models: readonly [string, string];
}

/** What the measures say of one pair of models. */
export interface PairResult {
  readonly measures: Readonly<Record<string, MeasureMatrix>>;
  readonly warnings: readonly Warning[];
}

/** Every measure of one pair, over batches as they come. */
export class MinibatchPair {
  readonly #estimates: readonly { readonly measure: Measure; readonly estimate: MinibatchEstimate }[];
  readonly #names: PairNames;

  constructor(measures: readonly Measure[], names: PairNames) {
    this.#estimates = measures.map((measure) => ({ measure, estimate: measure.minibatch() }));
    this.#names = names;
  }

  add(rows: readonly Gram[], columns: readonly Gram[]): void {
    for (const { estimate } of this.#estimates) estimate.add(rows, columns);
  }

  result(setting: Setting): PairResult {
    return collect(
      this.#estimates.map(({ measure, estimate }) => ({ measure, cells: estimate.result() })),
      setting,
      this.#names,
    );
  }
}

/** Every measure of one pair, from one Gram per tap over all samples. */
export async function fullPair(
  measures: readonly Measure[],
  rows: readonly Gram[],
  columns: readonly Gram[],
  setting: Setting,
  names: PairNames,
  signal: AbortSignal,
): Promise<PairResult> {
  const results: { measure: Measure; cells: Cells }[] = [];
  for (const measure of measures) {
    results.push({ measure, cells: await exhaust(measure.full(rows, columns), signal) });
  }
  return collect(results, setting, names);
}

function collect(
  results: readonly { readonly measure: Measure; readonly cells: Cells }[],
  setting: Setting,
  names: PairNames,
): PairResult {
  return {
    measures: Object.fromEntries(
      results.map(({ measure, cells }) => [measure.id, measureMatrix(measure, cells, setting, names)]),
    ),
    warnings: results.flatMap(({ measure, cells }) => undefinedTaps(measure, cells, names, names.models)),
  };
}
