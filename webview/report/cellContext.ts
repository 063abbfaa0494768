/** A cell as the native context menu and the clipboard know it. */
import { interval, measureValue } from "../../src/core/report/format.ts";
import type { CellContext } from "../../src/protocol/view.ts";
import { type CellIndex, type HeatmapData, valueAt } from "../heatmap/data.ts";

/** @param pair position of the pair among those of the report. */
export function cellContext(data: HeatmapData, cell: CellIndex, measure: string, pair: number): CellContext {
  const ends = interval(valueAt(data.low, cell), valueAt(data.high, cell), 4);
  const number = `${measureValue(valueAt(data.values, cell), 4)}${ends === "" ? "" : ` (95 % ${ends})`}`;
  const names = `${data.rows.names[cell.row]} × ${data.columns.names[cell.column]}`;
  return {
    webviewSection: "likenessCell",
    preventDefaultContextMenuItems: true,
    value: `${names}: ${data.title} ${number}`,
    measure,
    pair,
    ...cell,
  };
}
