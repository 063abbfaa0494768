/** What the numbers rest on. A number without this is not shown. */
import { html, nothing, type TemplateResult } from "lit";
import { count, duration, memory, shape, shortDigest } from "../../src/core/report/format.ts";
import { formatName } from "../../src/core/report/formatNames.ts";
import { modelNames } from "../../src/core/report/pairs.ts";
import type {
  Architecture,
  MeasureMatrix,
  ModelReport,
  PreprocessingReport,
  Report,
} from "../../src/core/report/report.ts";
import { architectureWords, preprocessingSource } from "../../src/core/report/sources.ts";

/** What can be done about the facts, as buttons beside their names. */
export interface OriginTools {
  numbers(): TemplateResult | typeof nothing;
  probe(): TemplateResult | typeof nothing;
  /** By position of the model. */
  model(index: number): TemplateResult | typeof nothing;
  /** What stands beside a model's architecture: who chose it, and how to choose another. */
  architecture(index: number): TemplateResult | typeof nothing;
}

/** The facts of the run, and of the shown matrix where there is one. */
export function reportOrigin(
  report: Report,
  matrix: MeasureMatrix | undefined,
  tools: OriginTools | undefined,
): TemplateResult {
  const names = modelNames(report.models.map(({ path }) => path));
  const { probe, seconds } = report;
  return html`<section class="origin" aria-label="What the numbers rest on">
    <dl>
      ${matrix === undefined ? nothing : fact("Numbers", [`n ${matrix.samples}, ${matrix.estimator}${matrix.batch === undefined ? "" : `, batches of ${matrix.batch}`}`, matrix.convention], tools?.numbers())}
      ${
        probe === undefined
          ? nothing
          : fact(
              "Probe",
              [
                probe.synthetic ? "synthetic images" : fileName(probe.path),
                `${count(probe.samples)} of ${shape(probe.shape)}, ${probe.labels ? "with labels" : "no labels"}`,
                digest(probe.digest),
              ],
              tools?.probe(),
            )
      }
      ${fact("Run", [
        [report.provider, report.engine].filter((part) => part !== undefined).join(", "),
        `${duration(seconds.total)} (${duration(seconds.forward)} in the networks, ${count(report.forwardPasses)} passes), ${memory(report.peakMemoryMB)}`,
        `seed ${report.seed}, ${report.created.slice(0, 16).replace("T", " ")} UTC`,
        `Likeness ${report.version}`,
      ])}
    </dl>
    <dl class="networks">
      ${report.models.map((model, i) => fact(`${report.models.length > 2 ? `Model ${i + 1}` : (["A", "B"][i] ?? "Model")}`, modelFacts(model, names[i]!, tools?.architecture(i)), tools?.model(i)))}
    </dl>
  </section>`;
}

function modelFacts(
  model: ModelReport,
  name: string,
  tools: TemplateResult | typeof nothing = nothing,
): readonly (string | TemplateResult)[] {
  const weights = model.weights ?? (model.weightSets === undefined ? undefined : "main");
  return [
    html`<span title=${model.path}>${name}</span>`,
    [formatName(model.format), weights && `weights ${weights}`, `${count(model.parameters)} parameters`]
      .filter(Boolean)
      .join(", "),
    html`${architecture(model.architecture)} ${tools}`,
    preprocessing(model.preprocessing),
    digest(model.digest),
  ];
}

/** What the network is, where that was found out, and why that is believed. */
function architecture(found: Architecture): TemplateResult {
  const { source, evidence } = found;
  const words = architectureWords(found);
  // That the file holds its graph needs no more words.
  return source === "file" ? html`${words}` : html`${words}. <span class="evidence">${sentence(evidence)}</span>`;
}

function preprocessing(chosen: PreprocessingReport): string | TemplateResult {
  const { mean, std, source, evidence } = chosen;
  if (source === "none") return "pixels as they are";
  const list = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3))).join(" ");
  const isKept = mean.length === 0 && std.length === 0;
  const words = `${isKept ? "pixels as they are" : `(x − [${list(mean)}]) / [${list(std)}]`}, ${preprocessingSource(chosen)}`;
  return evidence === undefined ? words : html`${words}. <span class="evidence">${sentence(evidence)}</span>`;
}

function sentence(text: string): string {
  if (text === "") return "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** Short, and whole once it is focused or hovered. */
function digest(whole: string): TemplateResult {
  return html`<span class="digest" tabindex="0" title=${whole} aria-label=${`digest ${whole}`}><span class="short">${shortDigest(whole)}</span><span class="whole">${whole}</span></span>`;
}

function fact(
  name: string,
  values: readonly (string | TemplateResult)[],
  tools: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div><dt>${name}${tools}</dt>${values.map((value) => html`<dd>${value}</dd>`)}</div>`;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
