/** The pairs of a report with more than two models, to choose from. */
import { html, type TemplateResult } from "lit";
import { measureValue, percent } from "../../src/core/report/format.ts";
import type { ComparedPair } from "../../src/core/report/pairs.ts";
import { meanSameLayer } from "../../src/core/report/verdict.ts";

/** @param choose called with the position of a chosen pair. */
export function pairTable(
  pairs: readonly ComparedPair[],
  chosen: number,
  choose: (index: number) => void,
): TemplateResult {
  return html`<div class="scroll pairs" tabindex="0" role="region" aria-label="Pairs">
    <table>
      <thead><tr><th scope="col">Pair</th><th scope="col" class="number">Same top class</th><th scope="col" class="number">By layer</th></tr></thead>
      <tbody>${pairs.map((pair, i) => {
        const disagreement = pair.outputs?.disagreement ?? null;
        const mean = meanSameLayer(pair);
        return html`<tr>
          <th scope="row"><button class="link" aria-pressed=${i === chosen} @click=${() => choose(i)}>${pair.nameA} × ${pair.nameB}</button></th>
          <td class="number">${disagreement === null ? "–" : percent(1 - disagreement)}</td>
          <td class="number">${mean === null ? "–" : measureValue(mean)}</td>
        </tr>`;
      })}</tbody>
    </table>
  </div>`;
}
