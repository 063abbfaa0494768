import type { Pooling } from "../graph/tap.ts";
import type { Cells, Measure, Setting } from "../measures/measure.ts";
import type { Matrix, MeasureMatrix, ModelMatrix, PairReport, Warning } from "../report/report.ts";
import { poolingWords } from "../tokens/pooling.ts";

/** Names of the two sides of a tap × tap matrix. */
export interface Axes {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** What became of the tokens of each side's samples; `undefined` for a side without tokens. */
  readonly poolings?: readonly [rows: Pooling | undefined, columns: Pooling | undefined];
}

/** A measure's cells as a report holds them, with their convention. */
export function measureMatrix(measure: Measure, cells: Cells, setting: Setting, axes: Axes): MeasureMatrix {
  return {
    convention: `${measure.convention(setting)}${poolingText(axes)}`,
    estimator: setting.estimator,
    ...(setting.estimator === "minibatch" && setting.batch !== undefined && { batch: setting.batch }),
    kind: measure.kind,
    range: measure.range,
    samples: setting.samples,
    rows: axes.rows,
    columns: axes.columns,
    values: cells.values,
    ...(cells.low && { low: cells.low }),
    ...(cells.high && { high: cells.high }),
  };
}

function poolingText({ poolings: [rows, columns] = [undefined, undefined] }: Axes): string {
  if (rows === undefined && columns === undefined) return "";
  const [left, right] = [rows, columns].map((pooling) => (pooling ? poolingWords[pooling] : "no tokens"));
  return rows === columns ? `; tokens: ${left}` : `; tokens: ${left} (rows), ${right} (columns)`;
}

/** One warning for every tap whose cells are undefined. */
export function undefinedTaps(
  measure: Measure,
  cells: Cells,
  axes: Axes,
  models: readonly [string, string],
): Warning[] {
  const sides = [
    { names: axes.rows, reasons: cells.rowReasons, model: models[0] },
    { names: axes.columns, reasons: cells.columnReasons, model: models[1] },
  ];
  return sides.flatMap(({ names, reasons, model }) =>
    reasons.flatMap((reason, i) =>
      reason === undefined
        ? []
        : [
            {
              code: "measure/undefined",
              message: `${measure.id} of this layer is undefined: ${reason}.`,
              where: `${model}: ${names[i]}`,
            },
          ],
    ),
  );
}

/**
 * Model × model summary of all pairs: for each layer of one model the most similar layer of the other, averaged over
 * layers and over both directions, so that it is symmetric and needs no layer to correspond to another.
 */
export function modelMatrix(measure: Measure, names: readonly string[], pairs: readonly PairReport[]): ModelMatrix {
  const values: (number | null)[][] = names.map(() => names.map(() => null));
  const self = measure.kind === "similarity" ? 1 : 0;
  for (let i = 0; i < names.length; i++) values[i]?.splice(i, 1, self);
  for (const { a, b, measures } of pairs) {
    const cells = measures[measure.id];
    if (!cells) continue;
    const mean = bestMatchMean(cells.values, measure.kind);
    values[a]?.splice(b, 1, mean);
    values[b]?.splice(a, 1, mean);
  }
  return {
    measure: measure.id,
    convention: "mean over layers of the best match in the other model, both directions averaged",
    rows: names,
    columns: names,
    values,
  };
}

function bestMatchMean(values: Matrix, kind: Measure["kind"]): number | null {
  const columns = (values[0] ?? []).map((_, column) => values.map((row) => row[column] ?? null));
  const directions = [values, columns].map((side) => {
    const best = side.flatMap((row) => {
      const defined = row.filter((value) => value !== null);
      if (defined.length === 0) return [];
      return [kind === "similarity" ? Math.max(...defined) : Math.min(...defined)];
    });
    return best.length === 0 ? null : best.reduce((sum, value) => sum + value, 0) / best.length;
  });
  const [forth, back] = directions;
  return forth === null || forth === undefined || back === null || back === undefined ? null : (forth + back) / 2;
}
