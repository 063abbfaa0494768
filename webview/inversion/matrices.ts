/** Model × model, three times: on natural data, on what the row's model uses, and how much of it the column's shares. */
import { html, nothing, type TemplateResult } from "lit";
import { colourAt, cssColour, type Ground, palettes, takesDarkInk } from "../../src/core/report/colour.ts";
import { interval, measureValue } from "../../src/core/report/format.ts";
import type { InversionMatrices, InversionReport } from "../../src/core/report/report.ts";
import { styled } from "../shared/styled.ts";
import type { SideName } from "./sides.ts";

export interface MatricesOptions {
  readonly sides: readonly SideName[];
  readonly isBiased: boolean;
  readonly ground: Ground;
}

export function matrices(inversion: InversionReport, options: MatricesOptions): TemplateResult {
  const { sides, isBiased } = options;
  const { natural, jones, stir } = inversion.cka;
  return html`<section class="matrices" aria-label="Numbers">
    <div class="heading">
      <h2>Numbers</h2>
      <span class="note">linear CKA, ${isBiased ? "biased, as published" : "unbiased, with the jackknife’s 95 % intervals"}</span>
    </div>
    <div class="three">
      ${table("On natural data", "CKA of both on the targets", natural, inversion, options)}
      ${table("On what the row uses", "CKA of both on its inversions (Jones)", jones, inversion, options)}
      ${table("What the column shares of it", "CKA of targets with inversions (STIR)", stir, inversion, options)}
    </div>
    ${saliency(inversion, sides)}
  </section>`;
}

function table(
  title: string,
  what: string,
  matrix: InversionMatrices,
  { trusted, cka }: InversionReport,
  { sides, isBiased, ground }: MatricesOptions,
): TemplateResult {
  const values = isBiased ? matrix.biased : matrix.unbiased;
  const deviation = isBiased ? matrix.biasedDeviation : matrix.unbiasedDeviation;
  const isNatural = matrix === cka.natural;
  return html`<figure>
    <figcaption><b>${title}</b><span class="note">${what}</span></figcaption>
    <table>
      <thead><tr><td></td>${sides.map(({ mark, name }) => html`<th scope="col" title=${name}>${mark}</th>`)}</tr></thead>
      <tbody>${sides.map(
        ({ mark, name }, i) => html`<tr>
          <th scope="row"><span class="side">${mark}</span><span class="name">${name}</span></th>
          ${sides.map((_, j) => {
            const spread = deviation?.[i]?.[j];
            const ends = isBiased ? "" : interval(matrix.unbiasedLow?.[i]?.[j], matrix.unbiasedHigh?.[i]?.[j]);
            const detail = typeof spread === "number" ? `± ${measureValue(spread)}` : i === j ? "" : ends;
            return cell(values[i]?.[j] ?? null, detail, isNatural || trusted[i] === true, ground);
          })}
        </tr>`,
      )}</tbody>
    </table>
  </figure>`;
}

function cell(value: number | null, detail: string, isTrusted: boolean, ground: Ground): TemplateResult {
  if (value === null) return html`<td class="number undefined">undefined</td>`;
  const colour = colourAt(palettes[ground], value);
  const ink = takesDarkInk(colour) ? "#000000" : "#ffffff";
  return html`<td class="number ${isTrusted ? "" : "untrusted"}" ${styled({ "--cell": cssColour(colour), "--cell-ink": ink })}
  ><span class="value">${measureValue(value)}</span>${detail === "" ? nothing : html`<span class="detail">${detail}</span>`}${isTrusted ? nothing : html`<span class="detail">not trustworthy</span>`}</td>`;
}

/** How alike the models' gradients are, which says whether they look at the same pixels. */
function saliency({ saliency: found }: InversionReport, sides: readonly SideName[]): TemplateResult | typeof nothing {
  if (found === undefined || sides.length < 2) return nothing;
  const pairs = sides.flatMap((a, i) =>
    sides.slice(i + 1).map((b, k) => ({ a, b, mean: found.mean[i]?.[i + 1 + k], error: found.error[i]?.[i + 1 + k] })),
  );
  return html`<p class="saliency"><span>Gradients of the named class with respect to the pixels, cosine:</span> ${pairs.map(
    ({ a, b, mean, error }, k) =>
      html`${k === 0 ? "" : ", "}<span>${a.mark} × ${b.mark} <b>${measureValue(mean)}</b>${typeof error === "number" ? ` ± ${measureValue(error)}` : ""}</span>`,
  )}</p>`;
}
