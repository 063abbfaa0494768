/** For each ordered pair of models, how far similarity falls from natural data to what one of them uses. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { interval, measureValue } from "../../src/core/report/format.ts";
import type { InversionReport, Matrix } from "../../src/core/report/report.ts";
import { segment } from "./segment.ts";
import type { SideName } from "./sides.ts";
import { type OrderedPair, orderedPairs } from "./verdict.ts";

export interface DumbbellOptions {
  readonly sides: readonly SideName[];
  readonly isBiased: boolean;
  chooseBiased(isBiased: boolean): void;
  /** The ordered pair that the heatmaps show. */
  readonly chosen: { readonly inverting: number; readonly other: number } | undefined;
  /** Absent where there are no heatmaps to choose for. */
  readonly choose: ((inverting: number, other: number) => void) | undefined;
}

export function dumbbells(inversion: InversionReport, options: DumbbellOptions): TemplateResult | typeof nothing {
  const pairs = orderedPairs(inversion);
  if (pairs.length === 0) return nothing;
  const { isBiased, chooseBiased } = options;
  return html`<section class="dumbbells" aria-label="From natural data to what one model uses">
    <div class="key">
      <span aria-hidden="true"><span class="dot natural"></span>on natural data</span>
      <span aria-hidden="true"><span class="dot own"></span>on what the one alone uses</span>
      <div class="segments" role="radiogroup" aria-label="Estimator of all numbers">
        ${segment("As published (biased)", isBiased, () => chooseBiased(true))}
        ${segment("Unbiased", !isBiased, () => chooseBiased(false))}
      </div>
    </div>
    ${pairs.map((pair) => row(inversion, pair, options))}
  </section>`;
}

function row(inversion: InversionReport, pair: OrderedPair, options: DumbbellOptions): TemplateResult {
  const { sides, isBiased, chosen, choose } = options;
  const { inverting: i, other: j, isTrusted } = pair;
  const { natural, jones } = inversion.cka;
  const of = (matrix: Matrix | undefined): number | null => matrix?.[i]?.[j] ?? null;
  const from = isBiased ? pair.natural : of(natural.unbiased);
  const to = isBiased ? pair.inverted : of(jones.unbiased);
  const ends = isBiased ? [null, null] : [of(jones.unbiasedLow), of(jones.unbiasedHigh)];
  const isChosen = chosen?.inverting === i && chosen.other === j;
  const said = html`What <b>${sides[i]?.name}</b> uses, to <b>${sides[j]?.name}</b>`;
  return html`<div class="dumbbell ${isTrusted ? "" : "untrusted"} ${isChosen ? "chosen" : ""}">
    ${
      choose === undefined
        ? html`<span class="whose">${said}</span>`
        : html`<button class="link whose" aria-pressed=${isChosen} title="Show the layers of these" @click=${() => choose(i, j)}>${said}</button>`
    }
    ${track(from, to, ends)}
    <span class="from-to"><span class="unseen">From </span>${measureValue(from)}<span class="arrow" aria-hidden="true">→</span><span class="unseen"> to </span><b>${measureValue(to)}</b>
      ${isTrusted ? html`<span class="note">${interval(ends[0], ends[1])}</span>` : html`<span class="caution">not trustworthy</span>`}</span>
  </div>`;
}

/** Where a value lies on the track, in per cent; the ends keep room for their marks. */
function at(value: number): string {
  return `${(5 + 90 * Math.min(1, Math.max(0, value))).toFixed(2)}%`;
}

function track(
  from: number | null,
  to: number | null,
  [low, high]: readonly (number | null | undefined)[],
): TemplateResult {
  const hasInterval = typeof low === "number" && typeof high === "number";
  return html`<svg class="track" width="100%" height="24" aria-hidden="true">
    <text x="0" y="16">0</text><text x="100%" y="16" text-anchor="end">1</text>
    <line class="scale" x1=${at(0)} x2=${at(1)} y1="12" y2="12"></line>
    ${[0, 0.25, 0.5, 0.75, 1].map((tick) => svg`<line class="scale" x1=${at(tick)} x2=${at(tick)} y1=${tick % 0.5 === 0 ? 8 : 10} y2=${tick % 0.5 === 0 ? 16 : 14}></line>`)}
    ${from === null || to === null ? nothing : svg`<line class="fall" x1=${at(from)} x2=${at(to)} y1="12" y2="12"></line>`}
    ${hasInterval ? svg`<line class="interval" x1=${at(low)} x2=${at(high)} y1="12" y2="12"></line>` : nothing}
    ${from === null ? nothing : svg`<circle class="natural" cx=${at(from)} cy="12" r="5.5"></circle>`}
    ${to === null ? nothing : svg`<circle class="own" cx=${at(to)} cy="12" r="5.5"></circle>`}
  </svg>`;
}
