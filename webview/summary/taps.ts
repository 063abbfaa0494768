import { html, nothing, type TemplateResult } from "lit";
import { count, plural, shape } from "../../src/core/report/format.ts";
import type { TapReport } from "../../src/core/report/report.ts";
import { breakable } from "../shared/names.ts";

/** The places at which a comparison can look into the network, folded away until they are asked for. */
export function taps(
  taps: readonly TapReport[],
  isOpen: boolean,
  toggled: (isOpen: boolean) => void,
): TemplateResult | typeof nothing {
  if (taps.length === 0) return nothing;
  const toggle = (event: Event): void => toggled((event.target as HTMLDetailsElement).open);
  return html`<details class="taps" ?open=${isOpen} @toggle=${toggle}>
    <summary>${plural(taps.length, "layer")} to compare</summary>
    ${isOpen ? table(taps) : nothing}
  </details>`;
}

function table(taps: readonly TapReport[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Layers to compare"><table>
    <thead><tr><th scope="col">Layer</th><th scope="col">Operator</th><th scope="col">Shape</th><th scope="col" class="number">Width</th></tr></thead>
    <tbody>${taps.map(
      ({ name, op, shape: sizes, width, folded }) => html`<tr>
        <th scope="row">${breakable(name)}${folded.length === 0 ? nothing : html` <span class="note" title="Computed in one step with it">with ${folded.join(", ")}</span>`}</th>
        <td>${op}</td><td>${shape(sizes)}</td><td class="number">${count(width)}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}
