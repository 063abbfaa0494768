/** What a heatmap shows, whatever it was made from. */
import type { CellIndex } from "../../src/core/report/alignment.ts";
import type { AxisLabels } from "../../src/core/report/labels.ts";
import type { Matrix } from "../../src/core/report/report.ts";
import type { Scale } from "../../src/core/report/scale.ts";

export type { CellIndex };

export interface HeatmapData {
  /** What the numbers are, for people: `CKA, linear, unbiased`. */
  readonly title: string;
  readonly rows: Axis;
  readonly columns: Axis;
  /** `rows × columns`; `null` is undefined. */
  readonly values: Matrix;
  readonly low: Matrix | undefined;
  readonly high: Matrix | undefined;
  readonly scale: Scale;
  /** Values of a heatmap beside this one, of which the legend is to tell as well, so that both have the same. */
  readonly beside?: Matrix;
  /** Per row, the column that is most alike. Absent where that says nothing. */
  readonly best: readonly (number | null)[] | undefined;
}

export interface Axis {
  /** Whose layers these are: `A seed0`. */
  readonly title: string;
  /** In full, in order. */
  readonly names: readonly string[];
  readonly labels: AxisLabels;
}

/** The value of a cell; `null` where it is undefined or does not exist. */
export function valueAt(matrix: Matrix | undefined, { row, column }: CellIndex): number | null {
  return matrix?.[row]?.[column] ?? null;
}

/** Whether both are the same cell, or both are none. */
export function isSameCell(one: CellIndex | undefined, other: CellIndex | undefined): boolean {
  return one?.row === other?.row && one?.column === other?.column;
}
