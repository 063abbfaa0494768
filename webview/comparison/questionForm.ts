import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Pooling } from "../../src/core/graph/tap.ts";
import { modelNames } from "../../src/core/report/pairs.ts";
import type { ModelReport, Report } from "../../src/core/report/report.ts";
import { measureTitle } from "../../src/core/report/scale.ts";
import { architectureSource } from "../../src/core/report/sources.ts";
import type { ComparisonQuestion, ModelQuestion } from "../../src/protocol/view.ts";

/** The reader asks something else. */
export class AskEvent extends Event {
  readonly question: ComparisonQuestion;
  constructor(type: "ask" | "choose-probe", question: ComparisonQuestion) {
    super(type);
    this.question = question;
  }
}

/** The reader wants another architecture for a model. */
export class ChooseArchitectureEvent extends Event {
  /** Position among the models. */
  readonly model: number;
  /** As the form has it now. */
  readonly question: ComparisonQuestion;
  constructor(model: number, question: ComparisonQuestion) {
    super("choose-architecture");
    this.model = model;
    this.question = question;
  }
}

/** Fields that something beside the form can lead to. */
export type FormField = "samples" | "probe" | `preprocess-${number}`;

const poolings: readonly Pooling[] = ["cls", "mean", "last", "all"];

const estimators: readonly (readonly [ComparisonQuestion["estimator"], string])[] = [
  ["auto", "automatic"],
  ["full", "full: all samples at once"],
  ["minibatch", "minibatch: averaged over batches"],
];

/** The question, to be changed. Nothing is asked before *Compare*. It renders into the document. */
export class QuestionForm extends LitElement {
  static override properties = {
    question: { attribute: false },
    measures: { attribute: false },
    report: { attribute: false },
  };

  declare question: ComparisonQuestion | undefined;
  /** Ids that can be asked for. */
  declare measures: readonly string[];
  /** Says what is used where the question leaves it open. */
  declare report: Report | undefined;

  constructor() {
    super();
    this.measures = [];
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Leads the reader to a field. */
  lead(field: FormField): void {
    const control = this.querySelector<HTMLElement>(`[data-field="${field}"]`);
    control?.scrollIntoView({ block: "center" });
    control?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { question, report } = this;
    if (question === undefined) return nothing;
    const names = modelNames(question.models.map(({ path }) => path));
    return html`<form aria-label="Settings" @submit=${(event: Event) => this.#submit(event)}>
      <div class="row">
        ${this.#probe(question, report)}
        <label class="field short"><span>Samples</span>
          <input data-field="samples" name="samples" type="number" min="4" step="1" .value=${question.samples?.toString() ?? ""} placeholder=${report?.probe?.samples ?? "as found"}></label>
        <label class="field short"><span>Batch</span>
          <input name="batch" type="number" min="4" step="1" required .value=${question.batch.toString()}></label>
        <label class="field"><span>Estimator</span>
          <select name="estimator">${estimators.map(
            ([value, label]) =>
              html`<option value=${value} .selected=${value === question.estimator}>${label}</option>`,
          )}</select></label>
      </div>
      <fieldset><legend>Measures</legend>${this.measures.map(
        (id) =>
          html`<label class="tick"><input type="checkbox" name="measures" value=${id} .checked=${question.measures.includes(id) || question.measures.includes("all")}>${measureTitle(id)}</label>`,
      )}</fieldset>
      ${question.models.map((model, i) => modelFields(model, i, sideName(i, names), report?.models[i], () => this.#chooseArchitecture(i)))}
      <div class="row buttons">
        <button type="submit" class="primary">Compare</button>
        <button type="button" @click=${() => this.#reset()}>Reset</button>
      </div>
    </form>`;
  }

  #probe({ probe }: ComparisonQuestion, report: Report | undefined): TemplateResult {
    const used = report?.probe;
    const found = used === undefined ? "as found" : used.synthetic ? "synthetic images" : fileName(used.path);
    return html`<div class="field probe"><span id="probe-label">Probe</span>
      <span class="value" title=${probe ?? used?.path ?? ""}>${probe === undefined ? html`<span class="note">${found}</span>` : fileName(probe)}</span>
      <button type="button" data-field="probe" aria-describedby="probe-label" @click=${() => this.#tell("choose-probe")}>Choose…</button>
    </div>`;
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#tell("ask");
  }

  #tell(type: "ask" | "choose-probe"): void {
    const question = this.#read();
    if (question !== undefined) this.dispatchEvent(new AskEvent(type, question));
  }

  #chooseArchitecture(model: number): void {
    const question = this.#read();
    if (question !== undefined) this.dispatchEvent(new ChooseArchitectureEvent(model, question));
  }

  #read(): ComparisonQuestion | undefined {
    const form = this.querySelector("form");
    if (form === null || this.question === undefined) return undefined;
    return readForm(new FormData(form), this.question, this.measures);
  }

  /** The fields are the browser's while they are edited; a changed key would not bring the question's values back. */
  #reset(): void {
    const { question } = this;
    this.question = undefined;
    void this.updateComplete.then(() => {
      this.question = question;
    });
  }
}

function modelFields(
  model: ModelQuestion,
  i: number,
  name: TemplateResult,
  report: ModelReport | undefined,
  chooseArchitecture: () => void,
): TemplateResult {
  const found = report === undefined ? "as found" : foundPreprocessing(report);
  const weightSets = report?.weightSets ?? (model.weights === undefined ? [] : [model.weights]);
  const isPooled = model.pool !== undefined || report?.taps.some(({ pool }) => pool !== undefined) === true;
  return html`<div class="row" role="group" aria-label=${`Model ${i + 1}`}>
    <span class="model" title=${model.path}>${name}</span>
    <label class="field"><span>Layers</span>
      <input name="taps-${i}" .value=${model.taps?.join(", ") ?? ""} placeholder="automatic" spellcheck="false" title="Globs and presets, separated by commas: layer*.conv*, @blocks"></label>
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

/** The question as the form has it now. Empty fields leave things open; no measure ticked is every measure. */
function readForm(form: FormData, asked: ComparisonQuestion, known: readonly string[]): ComparisonQuestion {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  const samples = Number(text("samples"));
  const measures = form.getAll("measures").map(String);
  const estimator = estimators.find(([value]) => value === text("estimator"))?.[0] ?? asked.estimator;
  return {
    models: asked.models.map(({ path, architecture, weights, pool }, i) => {
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
    }),
    ...(asked.probe !== undefined && { probe: asked.probe }),
    ...(samples > 0 && { samples }),
    batch: Number(text("batch")) || asked.batch,
    estimator,
    measures: measures.length === 0 || measures.length === known.length ? ["all"] : measures,
  };
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

customElements.define("question-form", QuestionForm);
