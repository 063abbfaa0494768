/** From the report's words to the heatmap's. */
import { bestMatches } from "../../src/core/report/alignment.ts";
import { axisLabels } from "../../src/core/report/labels.ts";
import type { ComparedPair } from "../../src/core/report/pairs.ts";
import type { MeasureMatrix, ModelMatrix } from "../../src/core/report/report.ts";
import { measureTitle, scaleOf } from "../../src/core/report/scale.ts";
import type { HeatmapData } from "../heatmap/data.ts";

const made = new WeakMap<MeasureMatrix, HeatmapData>();

/** The layers of a pair; the same matrix gives the same object, so that nothing is painted twice. */
export function layerData(pair: ComparedPair, id: string, matrix: MeasureMatrix): HeatmapData {
  const known = made.get(matrix);
  if (known !== undefined) return known;
  const data: HeatmapData = {
    title: measureTitle(id),
    rows: { title: `A ${pair.nameA}`, names: matrix.rows, labels: axisLabels(matrix.rows) },
    columns: { title: `B ${pair.nameB}`, names: matrix.columns, labels: axisLabels(matrix.columns) },
    values: matrix.values,
    low: matrix.low,
    high: matrix.high,
    scale: scaleOf(id, matrix),
    best: bestMatches(matrix),
  };
  made.set(matrix, data);
  return data;
}

/** The models of a report against each other. */
export function modelData(matrix: ModelMatrix): HeatmapData {
  const axis = (names: readonly string[]) => ({ title: "Models", names, labels: { short: names, stages: [] } });
  return {
    title: measureTitle(matrix.measure),
    rows: axis(matrix.rows),
    columns: axis(matrix.columns),
    values: matrix.values,
    low: undefined,
    high: undefined,
    scale: scaleOf(matrix.measure, { kind: "similarity", range: "", values: matrix.values }),
    best: undefined,
  };
}
