/** For each layer of A: its best match in B, and the layer of its own name. */
import { html, type TemplateResult } from "lit";
import type { DepthAlignment } from "../../src/core/report/alignment.ts";
import { measureValue } from "../../src/core/report/format.ts";
import { layerName } from "../../src/core/report/labels.ts";
import { type CellIndex, type HeatmapData, valueAt } from "../heatmap/data.ts";
import { breakable } from "../shared/names.ts";

/** @param open called with the cell of a chosen match. */
export function matchTable(
  data: HeatmapData,
  alignment: DepthAlignment,
  open: (cell: CellIndex) => void,
): TemplateResult {
  const partner = new Map(alignment.cells.map(({ row, column }) => [row, column]));
  const showsSame = alignment.by === "name";
  return html`<details class="matches" ?open=${matchMedia("(min-width: 900px)").matches}>
    <summary>Best matches</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Best matches">
      <table>
        <thead><tr>
          <th scope="col">Layer of A</th><th scope="col">Best in B</th><th scope="col" class="number">Value</th>
          ${showsSame ? html`<th scope="col" class="number">Same layer</th>` : ""}
        </tr></thead>
        <tbody>${data.rows.names.map((name, row) => {
          const column = data.best?.[row] ?? null;
          const own = partner.get(row);
          const isOwn = column !== null && column === own;
          return html`<tr>
            <th scope="row" title=${name}>${breakable(layerName(data.rows.labels, row))}</th>
            <td>${column === null ? "undefined" : html`<button class="link" @click=${() => open({ row, column })}>${showsSame && isOwn ? "same layer" : breakable(layerName(data.columns.labels, column))}</button>`}</td>
            <td class="number">${column === null ? "" : measureValue(valueAt(data.values, { row, column }))}</td>
            ${showsSame ? html`<td class="number">${own === undefined ? "–" : measureValue(valueAt(data.values, { row, column: own }))}</td>` : ""}
          </tr>`;
        })}</tbody>
      </table>
    </div>
  </details>`;
}
