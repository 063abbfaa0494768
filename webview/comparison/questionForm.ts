import { html, LitElement, nothing, type TemplateResult } from "lit";
import { modelNames } from "../../src/core/report/pairs.ts";
import type { Report } from "../../src/core/report/report.ts";
import { measureTitle } from "../../src/core/report/scale.ts";
import type { ComparisonQuestion } from "../../src/protocol/view.ts";
import { modelFields, probeField, readModels } from "./modelFields.ts";

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

const estimators: readonly (readonly [ComparisonQuestion["estimator"], string])[] = [
  ["auto", "automatic"],
  ["full", "full: all samples at once"],
  ["minibatch", "minibatch: averaged over batches"],
];

const layers = {
  label: "Layers",
  hint: "Globs and presets, separated by commas: layer*.conv*, @blocks",
};

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
        ${probeField(question.probe, report, () => this.#tell("choose-probe"))}
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
      ${question.models.map((model, i) => modelFields(model, { position: i, names, report: report?.models[i], layers, chooseArchitecture: () => this.#chooseArchitecture(i) }))}
      <div class="row buttons">
        <button type="submit" class="primary">Compare</button>
        <button type="button" @click=${() => this.#reset()}>Reset</button>
      </div>
    </form>`;
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

/** The question as the form has it now. Empty fields leave things open; no measure ticked is every measure. */
function readForm(form: FormData, asked: ComparisonQuestion, known: readonly string[]): ComparisonQuestion {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  const samples = Number(text("samples"));
  const measures = form.getAll("measures").map(String);
  const estimator = estimators.find(([value]) => value === text("estimator"))?.[0] ?? asked.estimator;
  return {
    models: readModels(form, asked.models),
    ...(asked.probe !== undefined && { probe: asked.probe }),
    ...(samples > 0 && { samples }),
    batch: Number(text("batch")) || asked.batch,
    estimator,
    measures: measures.length === 0 || measures.length === known.length ? ["all"] : measures,
  };
}

customElements.define("question-form", QuestionForm);
