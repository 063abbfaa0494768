import { html, nothing, type TemplateResult } from "lit";
import { count, plural } from "../../src/core/report/format.ts";
import type { TensorStatistics } from "../../src/protocol/view.ts";
import { breakable } from "../shared/names.ts";
import { histogram } from "./histogram.ts";
import { bytes, significant } from "./numbers.ts";
import type { TensorRow } from "./tensorRows.ts";

/** One tensor, with everything that is known of it. */
export function tensorDetail(row: TensorRow, close: () => void): TemplateResult {
  const { name, dtype, shape, elements, statistics } = row;
  return html`<div class="detail">
    <h3>${breakable(name)}</h3>
    <button class="close" aria-label="Close" title="Close (Escape)" @click=${close}>✕</button>
    <p class="note">${[dtype, ...(shape.includes("×") ? [shape] : []), plural(elements, "element"), bytes(row.bytes)].join(", ")}</p>
    ${
      statistics === undefined
        ? html`<p class="note">Not read yet.</p>`
        : statistics.unread !== undefined
          ? html`<p class="note">Not decoded. ${statistics.unread}</p>`
          : html`
      ${
        statistics.minimum === null
          ? nothing
          : html`<figure>
              ${histogram(statistics, 256, 72)}
              <figcaption><span>${significant(statistics.minimum)}</span>${straddlesZero(statistics) ? html`<span class="zero-key">0</span>` : nothing}<span>${significant(statistics.maximum)}</span></figcaption>
            </figure>`
      }
      <dl>
        ${[
          ["Mean", significant(statistics.mean)],
          ["Standard deviation", significant(statistics.standardDeviation)],
        ].map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}
        <div class=${statistics.nonFinite > 0 ? "faulty" : ""}><dt>NaN or infinite</dt><dd>${count(statistics.nonFinite)}</dd></div>
      </dl>`
    }
  </div>`;
}

function straddlesZero({ minimum, maximum }: TensorStatistics): boolean {
  return (minimum ?? 0) < 0 && (maximum ?? 0) > 0;
}
