/** Whether each model's inversions can be trusted, and what to do where they cannot. */
import { html, nothing, type TemplateResult } from "lit";
import { gates } from "../../src/core/methods/inversion/trust.ts";
import { measureValue, percent } from "../../src/core/report/format.ts";
import type { Report } from "../../src/core/report/report.ts";
import type { SideName } from "./sides.ts";

/** A line for each model, once its inversions are judged. */
export function trust(report: Report, sides: readonly SideName[]): TemplateResult | typeof nothing {
  const { inversion, warnings } = report;
  if (inversion === undefined || typeof inversion.cka.selfStir.biased[0]?.[0] !== "number") return nothing;
  return html`<section class="trust" aria-label="Whether the inversions can be trusted">
    ${sides.map(({ mark, name }, i) => {
      const isTrusted = inversion.trusted[i] === true;
      const reasons = warnings.filter(({ code, where }) => code.startsWith("inversion/") && where === name);
      return html`<div class=${isTrusted ? "passed" : "doubted"}>
        <p class="gates"><span class="sign" aria-hidden="true">${isTrusted ? "✓" : "⚠"}</span>
          <span class="side">${mark}</span><b class="name">${name}</b>
          <span class="judgement">${isTrusted ? "inversions hold" : "not trustworthy"}</span>
          ${gate(percent(inversion.converged[i] ?? 0), "converged", (inversion.converged[i] ?? 0) >= gates.converged)}
          ${stirGate(inversion.cka.selfStir.biased[i]?.[i] ?? null)}
          ${agreementGate(inversion.agreement[i]?.[i] ?? null)}
        </p>
        ${reasons.map(({ code, message }) => html`<p class="reason" title=${code}>${message}</p>`)}
      </div>`;
    })}
  </section>`;
}

function stirGate(value: number | null): TemplateResult {
  return gate(measureValue(value, 3), "self-STIR", (value ?? 0) >= gates.selfStir);
}

function agreementGate(value: number | null): TemplateResult | typeof nothing {
  return value === null ? nothing : gate(percent(value), "keep their class", value >= gates.agreement);
}

function gate(value: string, what: string, isPassed: boolean): TemplateResult {
  return html`<span class="gate ${isPassed ? "" : "failed"}"><b>${value}</b> ${what}${isPassed ? nothing : html`<span class="unseen"> (below the gate)</span>`}</span>`;
}
