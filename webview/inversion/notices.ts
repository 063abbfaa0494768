/** What else there is to know, beside what is said of each model's inversions. */
import { html, nothing, type TemplateResult } from "lit";
import type { InversionReport, Report } from "../../src/core/report/report.ts";
import type { SideName } from "./sides.ts";

/** Warnings that stand nowhere else. */
export function otherNotices({ warnings }: Report, sides: readonly SideName[]): TemplateResult | typeof nothing {
  const names = new Set(sides.map(({ name }) => name));
  const others = warnings.filter(({ code, where }) => !(code.startsWith("inversion/") && names.has(where)));
  if (others.length === 0) return nothing;
  return html`<section class="notices" aria-label="Warnings">${others.map(
    ({ code, message, where }) =>
      html`<p class="notice warning" title=${code}>${message}${where === "" || message.includes(where) ? nothing : html`<span class="note">${where}</span>`}</p>`,
  )}</section>`;
}

/** How it was done. */
export function convention({ convention: words, taps, steps, repeats }: InversionReport): TemplateResult {
  const layers = [...new Set(taps)].join(", ");
  return html`<p class="convention note">Inverted: <b>${layers}</b>, at most ${steps} steps${repeats > 1 ? `, ${repeats} times from other seeds` : ""}. ${words}.</p>`;
}
