/** What the two networks answer, as a row of figures: read before anything inside them. */
import { html, nothing, type TemplateResult } from "lit";
import { measureValue, percent } from "../../src/core/report/format.ts";
import type { ComparedPair } from "../../src/core/report/pairs.ts";

/** One figure for each number that is defined; nothing where outputs were not compared. */
export function outputFigures({ outputs }: ComparedPair): TemplateResult | typeof nothing {
  if (outputs === undefined) return nothing;
  const { disagreement, accuracy, jensenShannonBits, relativeDifference } = outputs;
  const figures = [
    disagreement === null ? nothing : figure(percent(1 - disagreement), "same top class"),
    accuracy[0] === null ? nothing : figure(percent(accuracy[0], 1), "A right"),
    accuracy[1] === null ? nothing : figure(percent(accuracy[1], 1), "B right"),
    jensenShannonBits === null
      ? nothing
      : figure(`${measureValue(jensenShannonBits, 3)} bits`, "Jensen–Shannon divergence"),
    relativeDifference === null ? nothing : figure(percent(relativeDifference, 1), "relative difference of outputs"),
  ];
  return html`<dl class="figures" aria-label="Outputs" title=${outputs.what}>${figures}</dl>`;
}

function figure(value: string, name: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
