/** Images that one network takes for the target, and another does not: by ordered pair of networks. */
import { html, nothing, type TemplateResult } from "lit";
import { count } from "../../src/core/report/format.ts";
import type { InversionReport, Report } from "../../src/core/report/report.ts";
import { styled } from "../shared/styled.ts";
import { addressOf, residualText } from "./gallery/pictures.ts";
import type { SideName } from "./sides.ts";

/** Pairs that stand there at once; the others wait to be asked for. */
const shownAtOnce = 8;
/** Sides of a picture are at most so long, in CSS pixels. */
const side = 72;

/** Nothing where none were looked for. */
export function controversialImages(
  { inversion, created, probe }: Report,
  sides: readonly SideName[],
  base: string | undefined,
): TemplateResult | typeof nothing {
  if (inversion?.controversial === undefined) return nothing;
  const { matched, avoided } = inversion.controversial;
  const address = (file: string): string | undefined => base && addressOf(base, file, created);
  const [, height = 32, width = 32] = probe?.shape ?? [];
  const pairs = sides.flatMap((seeing, i) =>
    sides.flatMap((missing, j) => (i === j ? [] : [{ seeing, missing, i, j }])),
  );
  return html`<section class="controversial" aria-label="Seen by one, not by the other">
    <div class="heading"><h2>Seen by one, not by the other</h2><span class="note">each from its seed towards the target of the one and away from that of the other; residuals are medians</span></div>
    ${pairs.map(
      ({
        seeing,
        missing,
        i,
        j,
      }) => html`<h3>${mark(seeing)} sees the target <span class="residual">${residual(matched[i]?.[j])}</span>,
        ${mark(missing)} does not <span class="residual">${residual(avoided[i]?.[j])}</span></h3>
        ${images(inversion, [i, j], [seeing, missing], { width, height }, address)}`,
    )}
  </section>`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Small pictures by whole pixels, large ones as there is room. */
function shownSize({ width, height }: Size): Size {
  const scale = side / Math.max(width, height, 1);
  const whole = scale >= 1 ? Math.floor(scale) : scale;
  return { width: Math.round(width * whole), height: Math.round(height * whole) };
}

function mark({ mark, name }: SideName): TemplateResult {
  return html`<span class="side" title=${name}>${mark}</span>`;
}

function residual(median: number | null | undefined): string {
  return typeof median === "number" ? `(residual ${residualText(median)})` : "(not known)";
}

function images(
  { controversial, pictures }: InversionReport,
  [i, j]: readonly [number, number],
  [seeing, missing]: readonly [SideName, SideName],
  size: Size,
  address: (file: string) => string | undefined,
): TemplateResult | typeof nothing {
  const shown = shownSize(size);
  const isSmall = shown.width >= size.width;
  const duos = (controversial?.pictures?.[i]?.[j] ?? []).flatMap((file, pair) => {
    const target = pictures?.[pair]?.target;
    const [from, to] = [target && address(target), address(file)];
    return from === undefined || to === undefined ? [] : [{ pair, target: from, image: to }];
  });
  if (duos.length === 0) return nothing;
  const picture = (from: string, said: string) =>
    html`<img class=${isSmall ? "whole" : ""} src=${from} alt=${said} width=${shown.width} height=${shown.height} crossorigin="anonymous" loading="lazy" decoding="async">`;
  const duo = ({ pair, target, image }: (typeof duos)[number]): TemplateResult => html`<li>
      <span class="number" aria-hidden="true">${pair + 1}</span>
      ${picture(target, `Target of pair ${pair + 1}`)}
      <span aria-hidden="true">≈</span>
      ${picture(image, `What ${seeing.mark} takes for it and ${missing.mark} does not`)}
    </li>`;
  const rest = duos.slice(shownAtOnce);
  const across = styled({ "--duo": `${2 * shown.width + 60}px` });
  return html`<ol class="duos" ${across}>${duos.slice(0, shownAtOnce).map(duo)}</ol>
    ${
      rest.length === 0
        ? nothing
        : html`<details><summary>The other ${count(rest.length)}</summary><ol class="duos" ${across}>${rest.map(duo)}</ol></details>`
    }`;
}
