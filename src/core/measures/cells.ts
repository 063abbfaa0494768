import type { Matrix } from "../report/report.ts";
import type { Cells } from "./measure.ts";

/** Numbers of a tap × tap matrix while they are computed, row by row; `NaN` is undefined. */
export interface CellNumbers {
  readonly values: Float64Array;
  /** Half the width of the 95 % interval; `undefined` where the estimator gives none. */
  readonly margins: Float64Array | undefined;
}

/** So many cells, all undefined. */
export function emptyNumbers(cells: number, intervals: boolean): CellNumbers {
  return {
    values: new Float64Array(cells).fill(Number.NaN),
    margins: intervals ? new Float64Array(cells).fill(Number.NaN) : undefined,
  };
}

/** The numbers as a report holds them, with the reasons of what is undefined. */
export function cellsOf(
  numbers: CellNumbers,
  rowReasons: readonly (string | undefined)[],
  columnReasons: readonly (string | undefined)[],
): Cells {
  const { values, margins } = numbers;
  const columns = columnReasons.length;
  const matrix = (number: (cell: number) => number): Matrix =>
    rowReasons.map((_, row) =>
      columnReasons.map((_, column) => {
        const value = number(row * columns + column);
        return Number.isNaN(value) ? null : value;
      }),
    );
  return {
    values: matrix((cell) => values[cell]!),
    ...(margins !== undefined && {
      low: matrix((cell) => values[cell]! - margins[cell]!),
      high: matrix((cell) => values[cell]! + margins[cell]!),
    }),
    rowReasons,
    columnReasons,
  };
}
