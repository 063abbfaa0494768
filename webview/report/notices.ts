/** Findings and warnings: the first few in sight, the rest one click away. */
import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../../src/core/report/format.ts";
import type { Report } from "../../src/core/report/report.ts";

const inSight = 3;

/** All findings, then all warnings; nothing where there are none. */
export function notices({ findings, warnings }: Report): TemplateResult | typeof nothing {
  const all = [
    ...findings.map(({ severity, title, evidence }) => notice(severity, title, evidence, "")),
    ...warnings.map(({ code, message, where }) => notice("warning", message, where, code)),
  ];
  if (all.length === 0) return nothing;
  const rest = all.slice(inSight);
  return html`<section class="notices" aria-label="Findings and warnings">
    ${all.slice(0, inSight)}
    ${rest.length === 0 ? nothing : html`<details><summary>${plural(rest.length, "more notice")}</summary>${rest}</details>`}
  </section>`;
}

function notice(severity: string, title: string, evidence: string, code: string): TemplateResult {
  return html`<p class="notice ${severity}" title=${code}>${title}${evidence === "" || title.includes(evidence) ? "" : html`<span class="note">${evidence}</span>`}</p>`;
}
