/** Where a reader is in a report: what is kept when the page is left, and found again when it comes back. */
import type { CellIndex } from "../heatmap/data.ts";

export interface ReportPlace {
  /** Position among the report's pairs. */
  readonly pair: number;
  /** Id; absent is the leading one. */
  readonly measure?: string;
  readonly cell?: CellIndex;
  readonly isTable: boolean;
}

export const start: ReportPlace = { pair: 0, isTable: false };

/** The reader went somewhere else. */
export class PlaceEvent extends Event {
  readonly place: ReportPlace;
  constructor(place: ReportPlace) {
    super("place");
    this.place = place;
  }
}

/** The place that was kept; {@link start} for anything that is none. */
export function keptPlace(kept: unknown): ReportPlace {
  if (typeof kept !== "object" || kept === null) return start;
  const { pair, measure, cell, isTable } = kept as Partial<Record<keyof ReportPlace, unknown>>;
  return {
    pair: isIndex(pair) ? pair : 0,
    isTable: isTable === true,
    ...(typeof measure === "string" && { measure }),
    ...(isCell(cell) && { cell: { row: cell.row, column: cell.column } }),
  };
}

function isCell(value: unknown): value is CellIndex {
  return (
    typeof value === "object" &&
    value !== null &&
    "row" in value &&
    "column" in value &&
    isIndex(value.row) &&
    isIndex(value.column)
  );
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
