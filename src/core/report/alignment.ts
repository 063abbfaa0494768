/** Which layer of one model answers to which of the other: by name where they share it, else by best match. */
import type { ComparedPair } from "./pairs.ts";
import type { MeasureMatrix, TapReport } from "./report.ts";
import { isMoreAlike } from "./scale.ts";

export interface CellIndex {
  readonly row: number;
  readonly column: number;
}

export interface DepthAlignment {
  /** `name`: the same layer of the same architecture. `match`: each row's best match, where names do not agree. */
  readonly by: "name" | "match";
  /** In order of depth in A. */
  readonly cells: readonly CellIndex[];
}

/**
 * Names alone do not make two layers the same: all of ResNet-18's stand in ResNet-34 too. Nearly all of the larger side's
 * must be shared, or, where only some taps of one side were asked for, half of the smaller side's in models of one size.
 */
const sharedOfLarger = 0.8;
const sharedOfSmaller = 0.5;
const sizesMayDifferBy = 0.1;

/** The cells that compare like with like, from the input to the output. */
export function alignByDepth(pair: ComparedPair, matrix: MeasureMatrix): DepthAlignment {
  const same = sameLayers(pair, matrix);
  if (agreeByName(same.length, pair, matrix)) return { by: "name", cells: same };
  const best = bestMatches(matrix);
  return { by: "match", cells: best.flatMap((column, row) => (column === null ? [] : [{ row, column }])) };
}

/**
 * The column most alike to each row; `null` for a row without a defined value. The leftmost of equals wins.
 */
export function bestMatches(matrix: Pick<MeasureMatrix, "values" | "kind">): readonly (number | null)[] {
  return matrix.values.map((row) => {
    let best: number | null = null;
    for (const [column, value] of row.entries()) {
      if (value !== null && (best === null || isMoreAlike(matrix.kind, value, row[best]!))) best = column;
    }
    return best;
  });
}

/** The row most alike to each column, as {@link bestMatches}. */
export function bestMatchesOfColumns(matrix: MeasureMatrix): readonly (number | null)[] {
  const values = matrix.columns.map((_, column) => matrix.values.map((row) => row[column] ?? null));
  return bestMatches({ values, kind: matrix.kind });
}

/** Whether both sides were read from the same layers with the same shapes. */
export function isSameArchitecture({ modelA, modelB }: ComparedPair): boolean {
  const describe = (taps: readonly TapReport[]) => new Set(taps.map((tap) => `${layerOf(tap)} ${tap.shape.join("×")}`));
  const [a, b] = [describe(modelA.taps), describe(modelB.taps)];
  return a.size > 0 && a.size === b.size && [...a].every((layer) => b.has(layer));
}

function agreeByName(shared: number, { modelA, modelB }: ComparedPair, { rows, columns }: MeasureMatrix): boolean {
  const [smaller, larger] = [Math.min(rows.length, columns.length), Math.max(rows.length, columns.length)];
  if (shared === 0) return false;
  const difference = Math.abs(modelA.parameters - modelB.parameters);
  const sameSize = difference <= sizesMayDifferBy * Math.max(modelA.parameters, modelB.parameters);
  return shared >= sharedOfLarger * larger || (sameSize && shared >= sharedOfSmaller * smaller);
}

function sameLayers({ modelA, modelB }: ComparedPair, { rows, columns }: MeasureMatrix): CellIndex[] {
  const layers = (taps: readonly TapReport[]) => new Map(taps.map((tap) => [tap.name, layerOf(tap)]));
  const [ofA, ofB] = [layers(modelA.taps), layers(modelB.taps)];
  const columnOf = new Map(columns.map((name, column) => [ofB.get(name) ?? name, column]));
  return rows.flatMap((name, row) => {
    const column = columnOf.get(ofA.get(name) ?? name);
    return column === undefined ? [] : [{ row, column }];
  });
}

/** A tap with batch norm folded into it holds what the other side calls by the batch norm's name. */
function layerOf(tap: TapReport): string {
  return tap.folded.at(-1) ?? tap.name;
}
