/** What has to be said beside a biased estimate, wherever it is shown. */
import { html, nothing, type TemplateResult } from "lit";
import { count, measureValue } from "../../src/core/report/format.ts";
import type { ComparedPair } from "../../src/core/report/pairs.ts";
import { isBiased } from "../../src/core/report/scale.ts";

/** Biased CKA of unrelated features of width d is about d / (n + d) (Murphy et al. 2024): shown for the median layer. */
export function biasNote(id: string, { measures, modelA }: ComparedPair): TemplateResult | typeof nothing {
  const samples = measures.get(id)?.samples;
  const widths = modelA.taps.map(({ width }) => width).toSorted((x, y) => x - y);
  const width = widths[widths.length >> 1];
  if (!isBiased(id) || samples === undefined || width === undefined) return nothing;
  return html`<p class="notice warning">
    Biased: with n ${samples}, unrelated layers of width ${count(width)} would read about
    ${measureValue(width / (samples + width))} (d / (n + d)).
  </p>`;
}
