/** What a form asks of each model, whatever the question is about. */
import { html, nothing, type TemplateResult } from "lit";
import type { Pooling } from "../../src/core/graph/tap.ts";
import type { ModelReport, Report } from "../../src/core/report/report.ts";
import { architectureSource } from "../../src/core/report/sources.ts";
import type { ModelQuestion } from "../../src/protocol/view.ts";

const poolings: readonly Pooling[] = ["cls", "mean", "last", "all"];

export interface ModelFieldsOptions {
  /** Among the models. */
  readonly position: number;
  /** Of all models. */
  readonly names: readonly string[];
  /** Says what is used where the question leaves it open. */
  readonly report: ModelReport | undefined;
  /** What the field of the layers is called and takes. */
  readonly layers: { readonly label: string; readonly hint: string };
  chooseArchitecture(): void;
}

/** What is asked of one model; {@link readModels} reads it back. */
export function modelFields(
  model: ModelQuestion,
  { position: i, names, report, layers, chooseArchitecture }: ModelFieldsOptions,
): TemplateResult {
  const found = report === undefined ? "as found" : foundPreprocessing(report);
  const weightSets = report?.weightSets ?? (model.weights === undefined ? [] : [model.weights]);
  const isPooled = model.pool !== undefined || report?.taps.some(({ pool }) => pool !== undefined) === true;
  return html`<div class="row" role="group" aria-label=${`Model ${i + 1}`}>
    <span class="model" title=${model.path}>${sideName(i, names)}</span>
    <label class="field"><span>${layers.label}</span>
      <input name="taps-${i}" .value=${model.taps?.join(", ") ?? ""} placeholder="automatic" spellcheck="false" title=${layers.hint}></label>
    <label class="field wide"><span>Mean and deviation</span>
      <input name="preprocess-${i}" data-field="preprocess-${i}" .value=${model.preprocess ?? ""} placeholder=${found} spellcheck="false" title="mean=0.5,0.5,0.5;std=0.25,0.25,0.25 per channel, or none"></label>
    <div class="field architecture"><span>Architecture</span>
      <span class="value" title=${model.architecture ?? report?.architecture.file ?? ""}>${
        model.architecture === undefined
          ? html`<span class="note">${foundArchitecture(report)}</span>`
          : model.architecture === model.path
            ? "the file itself"
            : fileName(model.architecture)
      }</span>
      <button type="button" aria-label=${`Another architecture for model ${i + 1}`} @click=${chooseArchitecture}>Choose…</button></div>
    ${weightSets.length === 0 ? nothing : select(`weights-${i}`, "Weights", ["", "main"], weightSets, model.weights)}
    ${isPooled ? select(`pool-${i}`, "Tokens", ["", "as found"], poolings, model.pool) : nothing}
  </div>`;
}

/** A choice among words, led by what holds where none is chosen. */
function select(
  name: string,
  label: string,
  [none, noneLabel]: readonly [string, string],
  words: readonly string[],
  chosen: string | undefined,
): TemplateResult {
  return html`<label class="field short"><span>${label}</span><select name=${name}>
    <option value=${none} .selected=${chosen === undefined}>${noneLabel}</option>
    ${words.map((word) => html`<option value=${word} .selected=${word === chosen}>${word}</option>`)}
  </select></label>`;
}

function foundArchitecture(report: ModelReport | undefined): string {
  return report === undefined ? "as found" : architectureSource(report.architecture);
}

function sideName(i: number, names: readonly string[]): TemplateResult {
  const side = names.length > 2 ? String(i + 1) : i === 0 ? "A" : "B";
  return html`<span class="side">${side}</span>${names[i]}`;
}

function foundPreprocessing({ preprocessing: { mean, std, source } }: ModelReport): string {
  if (source === "none") return "none";
  const list = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4))).join(",");
  return `mean=${list(mean)};std=${list(std)}`;
}

/** Which samples, with the way to others. */
export function probeField(probe: string | undefined, report: Report | undefined, choose: () => void): TemplateResult {
  const used = report?.probe;
  const found = used === undefined ? "as found" : used.synthetic ? "synthetic images" : fileName(used.path);
  return html`<div class="field probe"><span id="probe-label">Probe</span>
    <span class="value" title=${probe ?? used?.path ?? ""}>${probe === undefined ? html`<span class="note">${found}</span>` : fileName(probe)}</span>
    <button type="button" data-field="probe" aria-describedby="probe-label" @click=${choose}>Choose…</button>
  </div>`;
}

/** The models as a form has them now. Empty fields leave things open. */
export function readModels(form: FormData, asked: readonly ModelQuestion[]): readonly ModelQuestion[] {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  return asked.map(({ path, architecture, weights, pool }, i) => {
    const taps = text(`taps-${i}`)
      .split(",")
      .map((tap) => tap.trim())
      .filter((tap) => tap !== "");
    const preprocess = text(`preprocess-${i}`);
    const chosenPool = form.has(`pool-${i}`) ? poolings.find((how) => how === text(`pool-${i}`)) : pool;
    const chosenWeights = form.has(`weights-${i}`) ? text(`weights-${i}`) : (weights ?? "");
    return {
      path,
      ...(architecture !== undefined && { architecture }),
      ...(chosenWeights !== "" && { weights: chosenWeights }),
      ...(preprocess !== "" && { preprocess }),
      ...(taps.length > 0 && { taps }),
      ...(chosenPool !== undefined && { pool: chosenPool }),
    };
  });
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
