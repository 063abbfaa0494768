/** The matrix as a table: for screen readers, for copying, for anyone who would rather read numbers. */
import { html, type TemplateResult } from "lit";
import { measureValue } from "../../src/core/report/format.ts";
import type { HeatmapData } from "../heatmap/data.ts";

/** Every value to three places, with its row and column headers. */
export function matrixTable(data: HeatmapData): TemplateResult {
  return html`<div class="scroll matrix" tabindex="0" role="region" aria-label=${data.title}>
    <table>
      <caption>${data.title}. Rows: ${data.rows.title}. Columns: ${data.columns.title}.</caption>
      <thead><tr><td></td>${data.columns.names.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
      <tbody>${data.rows.names.map(
        (name, row) =>
          html`<tr><th scope="row">${name}</th>${data.values[row]?.map(
            (value) => html`<td class="number">${value === null ? "undefined" : measureValue(value, 3)}</td>`,
          )}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}
