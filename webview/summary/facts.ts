/** What a checkpoint says about itself: size, network, who wrote it, what it wants to be fed. */
import { html, nothing, type TemplateResult } from "lit";
import { count, plural, shape } from "../../src/core/report/format.ts";
import type { ModelReport } from "../../src/core/report/report.ts";
import { bytes } from "./numbers.ts";
import type { TensorRow } from "./tensorRows.ts";

/** Longer texts of a file's metadata (class lists, training options) are folded away. */
const longText = 160;

/** One line: `ONNX, 43 KB. 10 842 parameters in 24 tensors, all float32.` */
export function essence(model: ModelReport, rows: readonly TensorRow[], sizeBytes: number): string {
  const weights = rows.reduce((sum, row) => sum + row.bytes, 0);
  const types = [...new Set(rows.map(({ dtype }) => dtype))];
  const elsewhere = weights > sizeBytes ? `, and ${bytes(weights)} of weights beside it` : "";
  const ofTypes = types.length === 1 ? `, all ${types[0]}` : "";
  return `${model.format.toUpperCase()}, ${bytes(sizeBytes)}${elsewhere}. ${plural(model.parameters, "parameter")} in ${plural(rows.length, "tensor")}${ofTypes}.`;
}

export function facts({ architecture, inputs = [], facts: told = {} }: ModelReport): TemplateResult {
  return html`<dl class="facts">
    ${inputs.map((input) => fact("Input", html`<code>${input.name}</code> ${shape(input.shape)} <span class="note">${input.dtype}</span>`))}
    ${architecture.name === "" ? nothing : fact("Network", architecture.name)}
    ${Object.entries(told).map(([name, text]) => fact(titled(name), folded(text)))}
  </dl>`;
}

function fact(name: string, value: string | TemplateResult): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function folded(text: string): string | TemplateResult {
  if (text.length <= longText) return text;
  return html`<details><summary>${count(text.length)} characters</summary>${text}</details>`;
}

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
