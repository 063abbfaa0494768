/** What a checkpoint says about itself: size, network, who wrote it, what it wants to be fed. */
import { html, nothing, type TemplateResult } from "lit";
import { count, plural, shape } from "../../src/core/report/format.ts";
import { formatName } from "../../src/core/report/formatNames.ts";
import type { ModelReport } from "../../src/core/report/report.ts";
import { architectureWords } from "../../src/core/report/sources.ts";
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
  return `${formatName(model.format)}, ${bytes(sizeBytes)}${elsewhere}. ${plural(model.parameters, "parameter")} in ${plural(rows.length, "tensor")}${ofTypes}.`;
}

/** What can be done about the facts. */
export interface FactTools {
  /** The user has said where the architecture is from. */
  readonly isArchitectureChosen: boolean;
  chooseArchitecture(): void;
  /** Opens a file that a fact names. */
  open(path: string): void;
  /** @param name of a weight set; empty is the main one. */
  chooseWeights(name: string): void;
}

export function facts(model: ModelReport, tools: FactTools): TemplateResult {
  const { inputs = [], facts: told = {}, weightSets = [] } = model;
  // Which set is the main one is said where another can be chosen.
  const rest = Object.entries(told).filter(([name]) => weightSets.length === 0 || name !== "weights");
  return html`<dl class="facts">
    ${inputs.map((input) => fact("Input", html`<code>${input.name}</code> ${shape(input.shape)} <span class="note">${input.dtype}</span>`))}
    ${fact("Network", network(model, tools))}
    ${weights(model, tools)}
    ${rest.map(([name, text]) => fact(titled(name), folded(text)))}
  </dl>`;
}

/** What the weights are the weights of, where that was found out, and the way to say otherwise. */
function network({ architecture }: ModelReport, tools: FactTools): TemplateResult {
  const { source, evidence, file } = architecture;
  const choose = html`<button class="link" @click=${() => tools.chooseArchitecture()}>Choose Architecture…</button>`;
  if (source === "none") return html`<span class="note">not known: ${evidence}</span> ${choose}`;
  const words = architectureWords(architecture);
  // A file that holds its graph is the end of the matter, unless somebody has said otherwise.
  if (source === "file") return html`${words} ${tools.isArchitectureChosen ? choose : nothing}`;
  return html`${words}${tools.isArchitectureChosen ? ", chosen by you for this folder" : ""}.
    <span class="note">${evidence}</span>
    ${file === undefined ? nothing : html`<button class="link" title=${file} @click=${() => tools.open(file)}>Open</button>`}
    ${choose}`;
}

function weights(
  { weights: chosen = "", weightSets = [], facts: told = {} }: ModelReport,
  tools: FactTools,
): TemplateResult | typeof nothing {
  if (weightSets.length === 0) return nothing;
  const mainName = told.weights === undefined ? "main" : `main (${told.weights})`;
  const change = (event: Event): void => tools.chooseWeights((event.target as HTMLSelectElement).value);
  return fact(
    "Weights",
    html`<select aria-label="Weights" @change=${change}>
      ${["", ...weightSets].map((name) => html`<option value=${name} .selected=${name === chosen}>${name || mainName}</option>`)}
    </select>`,
  );
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
