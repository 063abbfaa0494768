/** What the colours say: the scale with its two ends in words, and the signs that are used. */
import { html, svg, type TemplateResult } from "lit";
import { cssColour, palettes, tailEnd } from "../../src/core/report/colour.ts";
import type { Theme } from "../shared/theme.ts";
import type { HeatmapData } from "./data.ts";

const stops = 24;
const [width, height, tailWidth] = [150, 10, 44];

/** @param hasMarks whether cells are large enough to carry the mark of a best match. */
export function legend(data: HeatmapData, theme: Theme, hasMarks: boolean): TemplateResult {
  const { scale, values } = data;
  const { hasNegative, hasUndefined } = signs(values);
  const showsTail = (hasNegative || signs(data.beside ?? []).hasNegative) && scale.unlike === 0;
  const start = showsTail ? tailWidth + 3 : 0;
  const { scale: ramp, tail } = palettes[theme.ground];
  const gradient = (id: string, colours: readonly string[]) =>
    svg`<linearGradient id=${id}>${colours.map(
      (colour, i) => svg`<stop offset=${i / (colours.length - 1)} stop-color=${colour}></stop>`,
    )}</linearGradient>`;
  const sample = (table: typeof ramp) =>
    Array.from({ length: stops }, (_, i) => cssColour(table[Math.round((i / (stops - 1)) * (table.length - 1))]!));
  return html`<div class="legend">
    <span class="scale">
      ${showsTail ? html`<span class="end">≤ −${tailEnd}</span>` : html`<span class="end"><b>${number(scale.unlike)}</b> ${scale.unlikeMeans}</span>`}
      <svg width=${start + width} height=${height} viewBox="0 0 ${start + width} ${height}" preserveAspectRatio="none" aria-hidden="true">
        <defs>${gradient("ramp", sample(ramp))}${gradient("tail", sample(tail).toReversed())}</defs>
        ${showsTail ? svg`<rect width=${tailWidth} height=${height} fill="url(#tail)"></rect>` : ""}
        <rect x=${start} width=${width} height=${height} fill="url(#ramp)"></rect>
      </svg>
      <span class="end"><b>${number(scale.alike)}</b> ${scale.alikeMeans}</span>
    </span>
    ${showsTail ? html`<span class="sign">0 ${scale.unlikeMeans}, below: less than by chance</span>` : ""}
    ${hasUndefined ? html`<span class="sign"><svg width="12" height="10" aria-hidden="true"><rect class="hatch" width="12" height="10"></rect><path class="hatching" d="M-2 6 4-2M0 12 10-2M6 12 14 2"></path></svg> undefined</span>` : ""}
    ${data.best === undefined || !hasMarks ? "" : html`<span class="sign"><svg width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="2.5"></circle></svg> best match in its row</span>`}
  </div>`;
}

function signs(values: HeatmapData["values"]): { hasNegative: boolean; hasUndefined: boolean } {
  let [hasNegative, hasUndefined] = [false, false];
  for (const row of values) {
    for (const value of row) {
      if (value === null) hasUndefined = true;
      else if (value < 0) hasNegative = true;
    }
  }
  return { hasNegative, hasUndefined };
}

function number(value: number): string {
  return String(Number(value.toFixed(2)));
}
