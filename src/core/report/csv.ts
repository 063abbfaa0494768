/**
 * A comparison as CSV files (RFC 4180: comma, CRLF, quotes doubled), in long form, one cell of a matrix per line. An
 * undefined value is an empty field. What a number means stands in its line (n, estimator, probe, version), what a file
 * means in `measures.csv` (convention, range, models).
 */
import { type Field, table } from "./csvTable.ts";
import { inversionCsv } from "./inversionCsv.ts";
import { type ComparedPair, comparedPairs } from "./pairs.ts";
import type { MeasureMatrix, Report } from "./report.ts";

/**
 * The files of a report, by name: `measures.csv`, `outputs.csv` where outputs were compared, and one file per measure
 * (`cka.linear.unbiased.csv`), with more than two models one per measure and pair (`0-1.cka.linear.unbiased.csv`, by
 * position of the models). Of inversions, those of {@link inversionCsv}. Empty for a report without either.
 */
export function reportCsv(report: Report): ReadonlyMap<string, string> {
  if (report.inversion) return inversionCsv(report, report.inversion);
  const files = new Map<string, string>();
  const pairs = comparedPairs(report);
  if (pairs.length === 0) return files;
  files.set("measures.csv", table(measureColumns, measureLines(report, pairs)));
  const outputs = pairs.flatMap((pair) => outputLine(report, pair));
  if (outputs.length > 0) files.set("outputs.csv", table(outputColumns, outputs));
  for (const pair of pairs) {
    for (const [id, matrix] of pair.measures) {
      files.set(cellsFile(report, pair, id), table(cellColumns, cellLines(report, matrix)));
    }
  }
  return files;
}

const cellColumns = ["row", "column", "value", "low", "high", "n", "estimator", "batch", "probe", "version"];

function* cellLines(report: Report, matrix: MeasureMatrix): Generator<Field[]> {
  const origin = [matrix.samples, matrix.estimator, matrix.batch, report.probe?.digest, report.version];
  for (const [r, row] of matrix.rows.entries()) {
    for (const [c, column] of matrix.columns.entries()) {
      yield [row, column, matrix.values[r]?.[c], matrix.low?.[r]?.[c], matrix.high?.[r]?.[c], ...origin];
    }
  }
}

const measureColumns = [
  ...["file", "measure", "a", "b", "a_digest", "b_digest", "kind", "range", "convention", "n", "estimator", "batch"],
  ...["probe", "probe_digest", "synthetic", "provider", "seed", "created", "version"],
];

function* measureLines(report: Report, pairs: readonly ComparedPair[]): Generator<Field[]> {
  const { probe, provider, seed, created, version } = report;
  const origin = [probe?.path, probe?.digest, probe?.synthetic, provider, seed, created, version];
  for (const pair of pairs) {
    const models = [pair.modelA.path, pair.modelB.path, pair.modelA.digest, pair.modelB.digest];
    for (const [id, matrix] of pair.measures) {
      const { kind, range, convention, samples, estimator, batch } = matrix;
      yield [cellsFile(report, pair, id), id, ...models, kind, range, convention, samples, estimator, batch, ...origin];
    }
  }
}

const outputColumns = [
  ...["a", "b", "compared", "n", "disagreement", "jensen_shannon_bits", "accuracy_a", "accuracy_b"],
  ...["relative_difference", "probe", "version"],
];

function outputLine(report: Report, { modelA, modelB, outputs }: ComparedPair): Field[][] {
  if (outputs === undefined) return [];
  const { kind, samples, disagreement, jensenShannonBits, accuracy, relativeDifference } = outputs;
  const values = [kind, samples, disagreement, jensenShannonBits, ...accuracy, relativeDifference];
  return [[modelA.path, modelB.path, ...values, report.probe?.digest, report.version]];
}

/** Name of the file that holds the cells of a pair's measure, among those of {@link reportCsv}. */
export function cellsFile(report: Report, pair: ComparedPair, id: string): string {
  const safe = id.replace(/[^A-Za-z0-9._-]/g, "_");
  return report.pairs === undefined ? `${safe}.csv` : `${pair.a}-${pair.b}.${safe}.csv`;
}
