/** One pair of layers, whole: its value in every measure present, with interval and n, and what the layers are. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { bestMatches, bestMatchesOfColumns } from "../../src/core/report/alignment.ts";
import { count, interval, measureValue, shape } from "../../src/core/report/format.ts";
import type { ComparedPair } from "../../src/core/report/pairs.ts";
import type { MeasureMatrix, ModelReport, Report } from "../../src/core/report/report.ts";
import { measureTitle, position, scaleOf } from "../../src/core/report/scale.ts";
import { type CellIndex, valueAt } from "../heatmap/data.ts";
import { breakable } from "../shared/names.ts";

/** The detail of a cell of the measure `id`; other measures are looked up by the names of its layers. */
export function pairDetail(report: Report, pair: ComparedPair, id: string, cell: CellIndex): TemplateResult {
  const matrix = pair.measures.get(id);
  const [row, column] = [matrix?.rows[cell.row], matrix?.columns[cell.column]];
  if (matrix === undefined || row === undefined || column === undefined) return html``;
  return html`<section class="detail" aria-label="Pair of layers">
    <h2>
      <span class="names"><span class="side">A</span><span>${breakable(row)}</span></span>
      <span class="names"><span class="side">B</span><span>${breakable(column)}</span></span>
    </h2>
    <table class="values">
      <thead><tr><th scope="col">Measure</th><th scope="col">Value</th><th scope="col">95 % interval</th></tr></thead>
      <tbody>${[...pair.measures].map(([key, each]) => valueRow(key, each, row, column, key === id))}</tbody>
    </table>
    ${reasons(report, [row, column])}
    ${relations(matrix, cell)}
    <dl class="facts">
      ${layerFacts("A", pair.modelA, row)}
      ${layerFacts("B", pair.modelB, column)}
    </dl>
  </section>`;
}

function valueRow(id: string, matrix: MeasureMatrix, row: string, column: string, isShown: boolean): TemplateResult {
  const cell = { row: matrix.rows.indexOf(row), column: matrix.columns.indexOf(column) };
  const value = valueAt(matrix.values, cell);
  const [low, high] = [valueAt(matrix.low, cell), valueAt(matrix.high, cell)];
  const scale = scaleOf(id, matrix);
  const at = (v: number | null) => (v === null ? null : position(scale, v));
  const estimator = `n ${matrix.samples}, ${matrix.estimator}${matrix.batch === undefined ? "" : ` of ${matrix.batch}`}`;
  return html`<tr class=${isShown ? "shown" : ""}>
    <th scope="row">${measureTitle(id)}<span class="note" title=${matrix.convention}>${estimator}${matrix.kind === "distance" ? ", distance" : ""}</span></th>
    <td class="number">${measureValue(value, 3)}</td>
    <td class="number">${interval(low, high, 3) || "–"}${ruler(at(value), at(low), at(high))}</td>
  </tr>`;
}

const rulerWidth = 96;

/** The value on its scale, with its interval. */
function ruler(value: number | null, low: number | null, high: number | null): TemplateResult | typeof nothing {
  if (value === null) return nothing;
  const x = (at: number) => 3 + Math.min(1, Math.max(0, at)) * (rulerWidth - 6);
  const [from, to] = low === null || high === null ? [value, value] : [Math.min(low, high), Math.max(low, high)];
  return html`<svg class="ruler" width=${rulerWidth} height="10" aria-hidden="true">
    <line class="track" x1="3" x2=${rulerWidth - 3} y1="5" y2="5"></line>
    ${svg`<line class="span" x1=${x(from)} x2=${x(to)} y1="5" y2="5"></line>`}
    <circle cx=${x(value)} cy="5" r="3"></circle>
  </svg>`;
}

function reasons({ warnings }: Report, names: readonly string[]): TemplateResult[] {
  return warnings
    .filter(({ where }) => names.some((name) => where === name || where.split(/[ ,×]+/).includes(name)))
    .map(({ message }) => html`<p class="notice warning">${message}</p>`);
}

/** How the cell stands among its row and its column. */
function relations(matrix: MeasureMatrix, { row, column }: CellIndex): TemplateResult | typeof nothing {
  const [ofRow, ofColumn] = [bestMatches(matrix)[row] ?? null, bestMatchesOfColumns(matrix)[column] ?? null];
  if (ofRow === null || ofColumn === null) return nothing;
  if (ofRow === column && ofColumn === row) return html`<p class="relations">Each other’s best match.</p>`;
  const best = (whose: string, where: string, name: string | undefined, value: number | null) =>
    html`<span>${whose}’s best match in ${where}: <b>${breakable(name ?? "")}</b> (${measureValue(value)})</span>`;
  const inB = valueAt(matrix.values, { row, column: ofRow });
  const inA = valueAt(matrix.values, { row: ofColumn, column });
  return html`<p class="relations">
    ${ofRow === column ? html`<span>A’s best match in B is this one.</span>` : best("A", "B", matrix.columns[ofRow], inB)}
    ${ofColumn === row ? html`<span>B’s best match in A is this one.</span>` : best("B", "A", matrix.rows[ofColumn], inA)}
  </p>`;
}

function layerFacts(side: string, model: ModelReport, name: string): TemplateResult | typeof nothing {
  const tap = model.taps.find((each) => each.name === name);
  if (tap === undefined) return nothing;
  const folded = tap.folded.length === 0 ? "" : `, ${tap.folded.join(", ")} folded in`;
  return html`<div><dt><span class="side">${side}</span>${tap.op}${folded}</dt>
    <dd>${shape(tap.shape)}<span class="note">${count(tap.width)} numbers per sample</span></dd></div>`;
}
