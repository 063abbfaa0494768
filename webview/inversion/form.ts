import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type PresetId, preset, presetIds } from "../../src/core/methods/inversion/presets.ts";
import { type SeedKind, seedKinds } from "../../src/core/methods/inversion/seeds.ts";
import { count, duration } from "../../src/core/report/format.ts";
import { modelNames } from "../../src/core/report/pairs.ts";
import type { Report } from "../../src/core/report/report.ts";
import type { InversionCosts, InversionQuestion } from "../../src/protocol/view.ts";
import { modelFields, probeField, readModels } from "../comparison/modelFields.ts";

type AskKind = "ask" | "ask-costs" | "choose-probe";

/** The reader asks something else, or what it would cost. */
export class AskEvent extends Event {
  readonly question: InversionQuestion;
  constructor(type: AskKind, question: InversionQuestion) {
    super(type);
    this.question = question;
  }
}

/** The reader wants another architecture for a model. */
export class ChooseArchitectureEvent extends Event {
  /** Position among the models. */
  readonly model: number;
  /** As the form has it now. */
  readonly question: InversionQuestion;
  constructor(model: number, question: InversionQuestion) {
    super("choose-architecture");
    this.model = model;
    this.question = question;
  }
}

/** Fields that something beside the form can lead to. */
export type FormField = "samples" | "probe" | `preprocess-${number}`;

const layers = {
  label: "Layers to invert",
  hint: "One or more names or globs, separated by commas; the last is shown with its pictures. Empty: the one before the classifier",
};

const seedTitles: Readonly<Record<SeedKind, string>> = {
  "other-class": "an image of another class",
  image: "any other image",
  noise: "noise",
  grey: "grey",
  black: "black",
  white: "white",
  fourier: "random phases of natural spectra",
};

const presetTitles: Readonly<Record<PresetId, string>> = {
  fast: "Fast",
  jones: "Jones et al. 2022",
  stir: "STIR 2022",
  madry: "Engstrom et al. 2019",
};

/** The question, to be changed. Nothing is asked before the button is pressed. It renders into the document. */
export class InversionForm extends LitElement {
  static override properties = {
    question: { attribute: false },
    report: { attribute: false },
    costs: { attribute: false },
    chosen: { state: true },
  };

  declare question: InversionQuestion | undefined;
  /** Says what is used where the question leaves it open. */
  declare report: Report | undefined;
  declare costs: InversionCosts | undefined;
  /** The preset that is marked in the form. */
  declare protected chosen: PresetId | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.#tell("ask-costs"));
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
    const chosen = this.chosen ?? question.preset;
    const own = preset(chosen);
    return html`<form aria-label="Settings" @submit=${(event: Event) => this.#submit(event)}>
      <fieldset class="presets"><legend>How the pictures are found</legend>
        ${presetIds.map((id) => this.#preset(id, chosen))}
      </fieldset>
      ${this.costs?.kind === "failed" ? html`<p class="note">What they would cost is not known. ${this.costs.failure.message}</p>` : nothing}
      <div class="row">
        ${probeField(question.probe, report, () => this.#tell("choose-probe"))}
        <label class="field short"><span>Images</span>
          <input data-field="samples" name="samples" type="number" min="4" step="1" required .value=${question.samples.toString()} @change=${() => this.#tell("ask-costs")}></label>
        <label class="field short"><span>Steps, most</span>
          <input name="steps" type="number" min="1" step="1" .value=${question.steps?.toString() ?? ""} placeholder=${own.steps}></label>
        <label class="field"><span>From</span>
          <select name="seedKind">
            <option value="" .selected=${question.seedKind === undefined}>${seedTitles[own.seedKind]}, as the preset</option>
            ${seedKinds.map((kind) => html`<option value=${kind} .selected=${kind === question.seedKind}>${seedTitles[kind]}</option>`)}
          </select></label>
      </div>
      ${
        names.length < 2
          ? nothing
          : html`<label class="tick"><input name="controversial" type="checkbox" .checked=${question.controversial === true} @change=${() => this.#tell("ask-costs")}>
              Look for images that one network takes for the target, and the other does not</label>`
      }
      ${question.models.map((model, i) =>
        modelFields(model, {
          position: i,
          names,
          report: report?.models[i],
          layers,
          chooseArchitecture: () => this.#chooseArchitecture(i),
        }),
      )}
      <div class="row buttons">
        <button type="submit" class="primary">Invert${this.#costText(chosen, " · ")}</button>
        <button type="button" @click=${() => this.#reset()}>Reset</button>
      </div>
    </form>`;
  }

  #preset(id: PresetId, chosen: PresetId): TemplateResult {
    const { title, steps } = preset(id);
    const [, what = title] = /^[^:]*: (.*)$/.exec(title) ?? [];
    return html`<label class="preset ${id === chosen ? "chosen" : ""}">
      <input type="radio" name="preset" value=${id} .checked=${id === chosen} @change=${() => this.#choosePreset(id)}>
      <span class="name">${presetTitles[id]}<span class="cost">${this.#costText(id, "")}</span></span>
      <span class="note">${what}; at most ${count(steps)} steps</span>
    </label>`;
  }

  /** `about 3 min`; empty while it is not known. */
  #costText(id: PresetId, before: string): string {
    const { costs } = this;
    if (costs?.kind === "asking") return before === "" ? "estimating…" : "";
    const cost = costs?.kind === "known" ? costs.list.find((each) => each.preset === id) : undefined;
    return cost === undefined ? "" : `${before}about ${roughly(cost.seconds)}`;
  }

  #choosePreset(id: PresetId): void {
    this.chosen = id;
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#tell("ask");
  }

  #tell(type: AskKind): void {
    const question = this.#read();
    if (question !== undefined) this.dispatchEvent(new AskEvent(type, question));
  }

  #chooseArchitecture(model: number): void {
    const question = this.#read();
    if (question !== undefined) this.dispatchEvent(new ChooseArchitectureEvent(model, question));
  }

  #read(): InversionQuestion | undefined {
    const form = this.querySelector("form");
    if (form === null || this.question === undefined) return undefined;
    return readForm(new FormData(form), this.question);
  }

  /** The fields are the browser's while they are edited; a changed key would not bring the question's values back. */
  #reset(): void {
    const { question } = this;
    this.question = undefined;
    this.chosen = undefined;
    void this.updateComplete.then(() => {
      this.question = question;
    });
  }
}

/** An estimate is not known to the second. */
function roughly(seconds: number): string {
  if (seconds < 60) return duration(Math.max(1, Math.round(seconds))).replace(/\.0/, "");
  return seconds < 5400 ? `${Math.round(seconds / 60)}\u00a0min` : `${Math.round(seconds / 3600)}\u00a0h`;
}

/** The question as the form has it now. Empty fields leave things to the preset. */
function readForm(form: FormData, asked: InversionQuestion): InversionQuestion {
  const text = (name: string): string => String(form.get(name) ?? "").trim();
  const seedKind = seedKinds.find((kind) => kind === text("seedKind"));
  const steps = Number(text("steps"));
  return {
    models: readModels(form, asked.models),
    ...(asked.probe !== undefined && { probe: asked.probe }),
    samples: Number(text("samples")) || asked.samples,
    preset: presetIds.find((id) => id === text("preset")) ?? asked.preset,
    ...(seedKind !== undefined && { seedKind }),
    ...(steps > 0 && { steps }),
    ...(form.has("controversial") && { controversial: true }),
  };
}

customElements.define("inversion-form", InversionForm);
