/** Images that one network takes for the target, and another does not: by ordered pair of networks. */
import { html, nothing, type TemplateResult } from "lit";
import { controversialWeight } from "../../src/core/methods/controversial.ts";
import { count } from "../../src/core/report/format.ts";
import type { Report } from "../../src/core/report/report.ts";
import { breakable } from "../shared/names.ts";
import { styled } from "../shared/styled.ts";
import { addressOf, residualText } from "./gallery/pictures.ts";
import { scaleOf } from "./pictureScale.ts";
import type { SideName } from "./sides.ts";

/** Pairs that stand there at once; the others wait to be asked for. */
const shownAtOnce = 8;
/** Sides of a picture are at most so long, in CSS pixels. */
const longest = 72;

/** A target, and what one network takes for it: addresses of pictures. */
interface Duo {
  readonly pair: number;
  readonly target: string;
  readonly image: string;
}

/** Nothing where none were looked for. */
export function controversialImages(
  report: Report,
  sides: readonly SideName[],
  base: string | undefined,
): TemplateResult | typeof nothing {
  const controversial = report.inversion?.controversial;
  if (controversial === undefined) return nothing;
  const { matched, avoided } = controversial;
  const between = (i: number, j: number): TemplateResult => {
    const [seeing, missing] = [sides[i]!, sides[j]!];
    return html`<h3>${side(seeing)} sees the target <span class="residual">${residual(matched[i]?.[j])}</span>,
        ${side(missing)} does not <span class="residual">${residual(avoided[i]?.[j])}</span></h3>
      ${duoList(duosOf(report, [i, j], base), `What ${seeing.mark} takes for it and ${missing.mark} does not`, report)}`;
  };
  return html`<section class="controversial" aria-label="Seen by one, not by the other">
    <div class="heading"><h2>Seen by one, not by the other</h2><span class="note">each from its seed, by the residual of the one less ${controversialWeight} of the other’s, after Nanda et al. 2022; medians</span></div>
    ${sides.map((_, i) => sides.map((_, j) => (i === j ? nothing : between(i, j))))}
  </section>`;
}

function side({ mark, name }: SideName): TemplateResult {
  return html`<span class="side">${mark}</span><strong>${breakable(name)}</strong>`;
}

function residual(median: number | null | undefined): string {
  return typeof median === "number" ? `(residual ${residualText(median)})` : "(not known)";
}

/** Of an ordered pair of networks; none where the pictures are gone. */
function duosOf(
  { inversion, created }: Report,
  [i, j]: readonly [number, number],
  base: string | undefined,
): readonly Duo[] {
  if (base === undefined) return [];
  const files = inversion?.controversial?.pictures?.[i]?.[j] ?? [];
  return files.flatMap((file, pair) => {
    const target = inversion?.pictures?.[pair]?.target;
    if (target === undefined) return [];
    return { pair, target: addressOf(base, target, created), image: addressOf(base, file, created) };
  });
}

function duoList(duos: readonly Duo[], said: string, { probe }: Report): TemplateResult | typeof nothing {
  if (duos.length === 0) return nothing;
  const [, height = 32, width = 32] = probe?.shape ?? [];
  const { scale, isWhole } = scaleOf(Math.max(width, height), longest);
  const shown = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const picture = (from: string, alt: string) =>
    html`<img class=${isWhole ? "whole" : ""} src=${from} alt=${alt} width=${shown.width} height=${shown.height} crossorigin="anonymous" loading="lazy" decoding="async">`;
  const duo = ({ pair, target, image }: Duo): TemplateResult => html`<li>
      <span class="number" aria-hidden="true">${pair + 1}</span>
      ${picture(target, `Target of pair ${pair + 1}`)}
      <span aria-hidden="true">≈</span>
      ${picture(image, said)}
    </li>`;
  const across = styled({ "--duo": `${2 * shown.width + 60}px` });
  const rest = duos.slice(shownAtOnce);
  return html`<ol class="duos" ${across}>${duos.slice(0, shownAtOnce).map(duo)}</ol>
    ${
      rest.length === 0
        ? nothing
        : html`<details><summary>The other ${count(rest.length)}</summary><ol class="duos" ${across}>${rest.map(duo)}</ol></details>`
    }`;
}
