/**
 * A comparison in a few plain sentences, outputs first. The rules:
 *
 * - Architecture: the same where both sides have the same layers with the same shapes; the same network where the
 *   digests agree.
 * - Outputs: the share of samples on which the top classes agree, with both accuracies where labels exist; otherwise how
 *   far the outputs differ.
 * - Layers, by the leading measure along {@link alignByDepth}: a layer is *nearly identical* from 0.95 up. Where the
 *   layers from the input on are, the last of that run is named. They *part* at the first layer from which on three in a
 *   row (or all that are left) stay below 0.8. Distances are described by their ends only: their scale has no such marks.
 * - Unlike architectures: the middle best match, and whether best matches come in order of depth (Spearman ≥ 0.9).
 * - Several pairs: the most and the least alike by mean of the aligned layers, unless these differ by less than 0.03.
 * - Doubt is said: under 32 samples, a synthetic probe, intervals typically wider than ±0.1, undefined cells.
 */
import { alignByDepth, type CellIndex, isSameArchitecture } from "./alignment.ts";
import { measureValue, percent, plural } from "./format.ts";
import { type AxisLabels, axisLabels, layerName } from "./labels.ts";
import { type ComparedPair, comparedPairs, leadingMeasure } from "./pairs.ts";
import type { MeasureMatrix, Report } from "./report.ts";
import { measureFamily } from "./scale.ts";

export const nearlyIdentical = 0.95;
const parted = 0.8;
const partedFor = 3;
const fewSamples = 32;
const wideInterval = 0.1;
const inOrder = 0.9;
/** Pairs whose mean likeness differs by less are not ranked. */
const equallyAlike = 0.03;

/** The verdict on a whole report; with more than two models, on the most and the least alike pair. Empty without pairs. */
export function verdict(report: Report): readonly string[] {
  const pairs = comparedPairs(report);
  const [only] = pairs;
  if (only === undefined) return [];
  return pairs.length === 1 ? pairVerdict(report, only) : manyVerdict(report, pairs);
}

/** The verdict on one pair. */
export function pairVerdict(report: Report, pair: ComparedPair): readonly string[] {
  const leading = leadingMeasure(pair);
  return [
    architectureSentence(pair),
    ...outputSentences(report, pair),
    ...(leading === undefined ? [] : layerSentences(pair, ...leading)),
    ...doubts(report, pair, leading?.[1]),
  ];
}

/** `images` where the probe holds them, else `samples`; synthetic ones are called so. */
export function sampleNoun(report: Report): string {
  const noun = report.probe?.shape.length === 3 ? "images" : "samples";
  return report.probe?.synthetic ? `synthetic ${noun}` : noun;
}

function architectureSentence(pair: ComparedPair): string {
  if (pair.modelA.digest === pair.modelB.digest) return "The same network: architecture and weights agree.";
  if (isSameArchitecture(pair)) return "Same architecture.";
  const [a, b] = [pair.modelA.architecture.name, pair.modelB.architecture.name];
  return a !== "" && b !== "" && a !== b ? `Different architectures: ${a} and ${b}.` : "Different architectures.";
}

function outputSentences(report: Report, { outputs }: ComparedPair): string[] {
  if (outputs === undefined) return [];
  const on = `${outputs.samples} ${sampleNoun(report)}`;
  if (outputs.disagreement !== null) {
    const [a, b] = outputs.accuracy;
    const right = a === null || b === null ? "" : ` (A ${percent(a, 1)}, B ${percent(b, 1)} right)`;
    return [`Agree on ${percent(1 - outputs.disagreement)} of ${on}${right}.`];
  }
  if (outputs.relativeDifference === null) return [outputs.what];
  return [`Outputs differ by ${percent(outputs.relativeDifference)} of their size on ${on}.`];
}

function layerSentences(pair: ComparedPair, id: string, matrix: MeasureMatrix): string[] {
  const { by, cells } = alignByDepth(pair, matrix);
  const defined = cells.filter(({ row, column }) => typeof matrix.values[row]?.[column] === "number");
  if (defined.length === 0) return ["No layer has a defined value."];
  if (matrix.kind === "distance") return [endsSentence(id, matrix, defined)];
  return by === "name" ? [sameLayerSentence(matrix, defined)] : [matchSentence(id, matrix, defined)];
}

function sameLayerSentence(matrix: MeasureMatrix, cells: readonly CellIndex[]): string {
  const values = cells.map(({ row, column }) => matrix.values[row]![column]!);
  const firstBelow = values.findIndex((value) => value < nearlyIdentical);
  if (firstBelow === -1) {
    return `${cells.length === 1 ? "The layer is" : `All ${cells.length} layers are`} nearly identical (≥ ${nearlyIdentical}).`;
  }
  const labels = axisLabels(matrix.rows);
  const name = (i: number) => layerName(labels, cells[i]!.row);
  const rest = values.slice(firstBelow);
  const parting = values.findIndex(
    (_, i) => i >= firstBelow && values.slice(i, i + partedFor).every((v) => v < parted),
  );
  const start =
    firstBelow === 0
      ? `Most alike at ${name(extreme(values, Math.max))} (${measureValue(Math.max(...values))})`
      : `Layers up to ${stageOrLayer(labels, cells, firstBelow)} nearly identical (≥ ${nearlyIdentical})`;
  if (parting === -1) {
    const lowest = extreme(rest, Math.min) + firstBelow;
    return `${start}; least alike at ${name(lowest)} (${measureValue(values[lowest])}).`;
  }
  return `${start}; they part at ${name(parting)} (${measureValue(values[parting])}).`;
}

/** Names the stage where the run of `length` layers ends with it, else the run's last layer. */
function stageOrLayer(labels: AxisLabels, cells: readonly CellIndex[], length: number): string {
  const last = cells[length - 1]!.row;
  const stage = labels.stages.find(({ from, to, isModule }) => isModule && from <= last && last < to);
  const endsStage = stage !== undefined && (cells[length]?.row ?? labels.short.length) >= stage.to;
  return endsStage ? stage.label : layerName(labels, last);
}

function matchSentence(id: string, matrix: MeasureMatrix, cells: readonly CellIndex[]): string {
  const middle = median(cells.map(({ row, column }) => matrix.values[row]![column]!));
  const order = spearman(cells.map(({ column }) => column));
  const depth = order >= inOrder ? ", in the same order of depth" : "";
  return `Best matches reach ${measureFamily(id)} ${measureValue(middle)} (median)${depth}.`;
}

function endsSentence(id: string, matrix: MeasureMatrix, cells: readonly CellIndex[]): string {
  const values = cells.map(({ row, column }) => matrix.values[row]![column]!);
  const labels = axisLabels(matrix.rows);
  const at = (i: number) => `${layerName(labels, cells[i]!.row)} (${measureValue(values[i])})`;
  const [nearest, farthest] = [extreme(values, Math.min), extreme(values, Math.max)];
  return `By ${measureFamily(id)} distance, nearest at ${at(nearest)}, farthest at ${at(farthest)}.`;
}

function doubts(report: Report, pair: ComparedPair, matrix: MeasureMatrix | undefined): string[] {
  const found: string[] = [];
  const samples = matrix?.samples ?? pair.outputs?.samples ?? report.probe?.samples ?? 0;
  if (samples < fewSamples) found.push(`Only ${plural(samples, "sample")}: take every number as a hint.`);
  const isSaid = outputSentences(report, pair).some((sentence) => sentence.includes("synthetic"));
  if (report.probe?.synthetic && !isSaid) found.push("The images are synthetic: real ones may tell another story.");
  if (matrix === undefined) return found;
  const width = typicalHalfWidth(matrix);
  if (width !== null && width > wideInterval) {
    found.push(`Intervals are wide (typically ±${measureValue(width)}): more samples would narrow them.`);
  }
  const cells = matrix.values.flat();
  const missing = cells.filter((value) => value === null).length;
  if (missing > 0)
    found.push(`${missing} of ${plural(cells.length, "cell")} ${missing === 1 ? "is" : "are"} undefined.`);
  return found;
}

function manyVerdict(report: Report, pairs: readonly ComparedPair[]): string[] {
  const scored = pairs
    .map((pair) => ({ pair, score: meanSameLayer(pair) }))
    .filter(({ score }) => score !== null)
    .sort((x, y) => y.score! - x.score!);
  const [most, least] = [scored.at(0), scored.at(-1)];
  const head = `${plural(report.models.length, "model")}, ${plural(pairs.length, "pair")}.`;
  if (most === undefined || least === undefined || most === least) return [head];
  if (most.score! - least.score! < equallyAlike) {
    const range = `${measureValue(least.score)} to ${measureValue(most.score)}`;
    return [
      head,
      `All about equally alike (${range} by layer).`,
      ...doubts(report, most.pair, leadingMeasure(most.pair)?.[1]),
    ];
  }
  const describe = ({ pair, score }: { pair: ComparedPair; score: number | null }) => {
    const agreement = pair.outputs?.disagreement;
    const agree = agreement === null || agreement === undefined ? "" : `, agree on ${percent(1 - agreement)}`;
    return `${pair.nameA} and ${pair.nameB} (${measureValue(score)} by layer${agree})`;
  };
  return [
    head,
    `Most alike: ${describe(most)}.`,
    `Least alike: ${describe(least)}.`,
    ...doubts(report, most.pair, leadingMeasure(most.pair)?.[1]),
  ];
}

/** Mean of the leading similarity over {@link alignByDepth aligned} layers; `null` where it has none. */
export function meanSameLayer(pair: ComparedPair): number | null {
  const matrix = leadingMeasure(pair)?.[1];
  if (matrix === undefined || matrix.kind === "distance") return null;
  const values = alignByDepth(pair, matrix).cells.flatMap(({ row, column }) => matrix.values[row]![column] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function typicalHalfWidth({ low, high }: MeasureMatrix): number | null {
  if (low === undefined || high === undefined) return null;
  const widths = low.flatMap((row, i) =>
    row.flatMap((from, k) => {
      const to = high[i]?.[k];
      return from === null || to === null || to === undefined ? [] : [(to - from) / 2];
    }),
  );
  return widths.length === 0 ? null : median(widths);
}

function extreme(values: readonly number[], pick: (...values: number[]) => number): number {
  return values.indexOf(values.reduce((best, value) => pick(best, value)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Spearman's rank correlation of a sequence with its own order; ties take their mean rank. NaN if all are equal. */
function spearman(sequence: readonly number[]): number {
  const n = sequence.length;
  const mean = (n - 1) / 2;
  const ranks = sequence.map((value) => {
    const below = sequence.filter((other) => other < value).length;
    return below + (sequence.filter((other) => other === value).length - 1) / 2 - mean;
  });
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const order = sequence.map((_, i) => i - mean);
  return dot(ranks, order) / Math.sqrt(dot(ranks, ranks) * dot(order, order));
}
