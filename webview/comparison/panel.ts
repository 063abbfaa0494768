import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { FailureRecord } from "../../src/core/failure.ts";
import { modelNames } from "../../src/core/report/pairs.ts";
import type {
  ComparisonIntent,
  ComparisonQuestion,
  ComparisonState,
  ExportFormat,
  ModelQuestion,
  OpenPair,
} from "../../src/protocol/view.ts";
import type { OriginTools } from "../report/origin.ts";
import "../report/page.ts";
import type { PlaceEvent, ReportPlace } from "../report/place.ts";
import type { ViewHost } from "../shared/vscodeHost.ts";
import { failureNotice } from "./failure.ts";
import { readKept } from "./kept.ts";
import "./menu.ts";
import type { MenuItem } from "./menu.ts";
import { pngPicture, svgPicture } from "./pictures.ts";
import { progressLine } from "./progressLine.ts";
import { type AskEvent, type ChooseArchitectureEvent, type FormField, QuestionForm } from "./questionForm.ts";
import { announcement, estimateLine, shareDone, statusLine } from "./statusLine.ts";

/** A comparison with everything that can be done about it. It renders into the document. */
export class LikenessComparison extends LitElement {
  static override properties = {
    state: { attribute: false },
    place: { state: true },
    isFormOpen: { state: true },
  };

  declare state: ComparisonState | undefined;
  declare protected place: ReportPlace;
  declare protected isFormOpen: boolean;

  readonly #host: ViewHost<ComparisonIntent>;
  /** Where the page is to be scrolled to once there is enough of it. */
  #scrolled: number;

  constructor(host: ViewHost<ComparisonIntent>) {
    super();
    this.#host = host;
    const { place, isFormOpen, scrolled } = readKept(host.kept());
    this.place = place;
    this.isFormOpen = isFormOpen;
    this.#scrolled = scrolled;
    window.addEventListener("scrollend", () => this.#keep());
  }

  /** Chooses a cell, as a click on it does. */
  openPair({ row, column }: OpenPair): void {
    this.#go({ ...this.place, cell: { row, column } });
    this.querySelector(".choice-detail")?.scrollIntoView({ block: "nearest" });
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { state } = this;
    if (state === undefined) return nothing;
    const { status, report, isEarlier = false, saved } = state;
    return html`
      ${this.#bar(state)}
      <p class="unseen" role="status">${announcement(state)}</p>
      ${
        status.kind === "failed"
          ? failureNotice(status.failure, {
              retry: () => this.#ask(state.question),
              others: saved ? nothing : this.#architectureRemedies(status.failure, state),
              showLog: saved ? undefined : () => this.#host.post({ type: "showLog" }),
            })
          : nothing
      }
      ${
        this.isFormOpen && !saved
          ? html`<question-form
              .question=${state.question}
              .measures=${state.measures}
              .report=${report}
              @ask=${({ question }: AskEvent) => this.#ask(question)}
              @choose-architecture=${({ model, question }: ChooseArchitectureEvent) => this.#chooseArchitecture(model, question)}
              @choose-probe=${({ question }: AskEvent) => this.#host.post({ type: "chooseProbe", question })}
            ></question-form>`
          : nothing
      }
      ${
        report === undefined
          ? this.#placeholder(state)
          : html`<likeness-report
              class=${isEarlier ? "earlier" : ""}
              .report=${report}
              .place=${this.place}
              .tools=${this.#tools(state)}
              @place=${({ place }: PlaceEvent) => this.#go(place)}
            ></likeness-report>`
      }
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("state") || this.state === undefined) return;
    this.#keep();
    document.body.dataset.ready = "true";
    document.body.dataset.status = this.state.status.kind;
    if (this.state.report === undefined || this.#scrolled === 0) return;
    const to = this.#scrolled;
    this.#scrolled = 0;
    requestAnimationFrame(() => window.scrollTo(0, to));
  }

  #bar(state: ComparisonState): TemplateResult {
    const { status, saved, report } = state;
    const isRunning = status.kind === "running";
    return html`<div class="bar" role="region" aria-label="Comparison">
      ${isRunning ? progressLine(shareDone(status)) : nothing}
      <p class="state ${status.kind}">${statusLine(state)}</p>
      <div class="actions">
        ${isRunning ? html`<button @click=${() => this.#host.post({ type: "cancel" })}>Cancel</button>` : nothing}
        ${status.kind === "cancelled" ? html`<button class="primary" @click=${() => this.#ask(state.question)}>Compare Again</button>` : nothing}
        ${
          saved
            ? nothing
            : html`<button aria-expanded=${this.isFormOpen} @click=${() => this.#openForm(!this.isFormOpen)}>Settings</button>
              <button class="other" title="Change pictures until one network takes them for others, and see whether the other agrees" @click=${() => this.#host.post({ type: "invert" })}>What Each One Uses</button>
              <button class="copy" title=${state.commandLine} @click=${() => this.#host.post({ type: "copyCommandLine" })}>Copy Command</button>`
        }
        ${report === undefined ? nothing : html`<action-menu .label=${"Export"} .items=${this.#exports()}></action-menu>`}
      </div>
    </div>`;
  }

  /** In the place of a report that is not there yet: its names, and what it will take. */
  #placeholder({ question, status, saved }: ComparisonState): TemplateResult | typeof nothing {
    if (saved) return nothing;
    const names = modelNames(question.models.map(({ path }) => path));
    return html`<main class="page">
      <h1>${names.map(
        (name, i) => html`${i === 0 ? nothing : html`<span class="times">×</span>`}
          <span>${names.length === 2 ? html`<span class="side">${i === 0 ? "A" : "B"}</span>` : nothing}${name}</span>`,
      )}</h1>
      ${
        status.kind === "running"
          ? html`<p class="verdict">${estimateLine(status) || "Reading the networks."}</p>
              <div class="empty"><p>Cells appear with the first batch.</p></div>`
          : nothing
      }
    </main>`;
  }

  #tools({ saved, question }: ComparisonState): OriginTools | undefined {
    if (saved) return undefined;
    const change = (field: FormField, what: string) =>
      html`<button class="link" aria-label=${`Change ${what}`} @click=${() => this.#lead(field)}>Change…</button>`;
    return {
      numbers: () => change("samples", "samples and estimator"),
      probe: () => change("probe", "probe"),
      model: (i) => {
        const path = question.models[i]?.path;
        if (path === undefined) return nothing;
        return html`<button class="link" title=${path} aria-label=${`Open ${path}`} @click=${() => this.#host.post({ type: "openModel", path })}>Open</button>
          ${change(`preprocess-${i}`, `preprocessing of model ${i + 1}`)}`;
      },
      architecture: (i) => this.#architectureTools(i),
    };
  }

  #architectureTools(i: number): TemplateResult | typeof nothing {
    const { question, report } = this.state ?? {};
    const [asked, found] = [question?.models[i], report?.models[i]?.architecture];
    if (asked === undefined || found === undefined) return nothing;
    const { file } = found;
    const open = (): void => this.#host.post({ type: "openModel", path: file ?? "" });
    return html`${asked.architecture === undefined ? nothing : html`<span class="chosen">Chosen by you for this folder.</span> `}
      ${file === undefined ? nothing : html`<button class="link" title=${file} @click=${open}>Open ${fileName(file)}</button>`}
      <button class="link" aria-label=${`Choose architecture of model ${i + 1}`} @click=${() => this.#chooseArchitecture(i)}>Choose Architecture…</button>`;
  }

  /** Where no architecture was found, or the one that was chosen does not fit: the way to choose one, for each model meant. */
  #architectureRemedies(
    failure: FailureRecord,
    { question: { models } }: ComparisonState,
  ): TemplateResult | typeof nothing {
    const { code, file } = failure;
    const isMeant = ({ path, architecture }: ModelQuestion): boolean => file === path || file === architecture;
    const isChosen = models.some(({ architecture }) => architecture !== undefined && architecture === file);
    if (!code.startsWith("architecture/") && !isChosen) return nothing;
    const all = models.map((model, i) => ({ model, i }));
    const meant = all.filter(({ model }) => isMeant(model));
    const names = modelNames(models.map(({ path }) => path));
    return html`${(meant.length > 0 ? meant : all).map(
      ({ i }, position) => html`<button
        class=${position === 0 ? "primary" : ""}
        @click=${() => this.#chooseArchitecture(i)}
      >Choose Architecture${models.length > 1 ? html` of ${names[i]}` : nothing}…</button>`,
    )}`;
  }

  #chooseArchitecture(model: number, question?: ComparisonQuestion): void {
    this.#host.post({ type: "chooseArchitecture", model, ...(question !== undefined && { question }) });
  }

  #exports(): readonly MenuItem[] {
    const item = (label: string, note: string, format: ExportFormat): MenuItem => ({
      label,
      note,
      choose: () => void this.#export(format),
    });
    return [
      item("PNG", "picture", "png"),
      item("SVG", "picture, to be scaled", "svg"),
      item("CSV", "every number", "csv"),
      item("JSON", "the report, to be opened again", "json"),
      item("HTML", "the report, to be sent", "html"),
    ];
  }

  async #export(format: ExportFormat): Promise<void> {
    const report = this.state?.report;
    if (report === undefined) return;
    if (format !== "png" && format !== "svg") {
      this.#host.post({ type: "export", format });
      return;
    }
    const svg = svgPicture(report, this.place);
    if (svg === "") return;
    this.#host.post({ type: "export", format, picture: format === "svg" ? svg : await pngPicture(svg) });
  }

  #ask(question: ComparisonState["question"]): void {
    this.#host.post({ type: "run", question });
  }

  #lead(field: FormField): void {
    this.#openForm(true);
    void this.updateComplete.then(async () => {
      const form = this.querySelector("question-form");
      if (!(form instanceof QuestionForm)) return;
      await form.updateComplete;
      form.lead(field);
    });
  }

  #openForm(isOpen: boolean): void {
    this.isFormOpen = isOpen;
    this.#keep();
  }

  #go(place: ReportPlace): void {
    this.place = place;
    this.#keep();
  }

  #keep(): void {
    const { state, place, isFormOpen } = this;
    if (state === undefined) return;
    this.#host.keep({
      ...(!state.saved && { question: state.question }),
      place,
      isFormOpen,
      scrolled: window.scrollY || this.#scrolled,
    });
  }
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

customElements.define("likeness-comparison", LikenessComparison);
