import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { ResidualCurve } from "../../src/core/methods/inversion/residuals.ts";
import type { ExportFormat, InversionIntent, InversionQuestion, InversionState } from "../../src/protocol/view.ts";
import { failureNotice } from "../comparison/failure.ts";
import "../comparison/menu.ts";
import type { MenuItem } from "../comparison/menu.ts";
import { progressLine } from "../comparison/progressLine.ts";
import { estimateLine, shareDone } from "../comparison/statusLine.ts";
import type { OriginTools } from "../report/origin.ts";
import type { ViewHost } from "../shared/vscodeHost.ts";
import { contactSheet } from "./contactSheet.ts";
import { residualCurves } from "./curves.ts";
import { type AskEvent, type ChooseArchitectureEvent, type FormField, InversionForm } from "./form.ts";
import { readKept } from "./kept.ts";
import type { InversionPlace, PlaceEvent } from "./place.ts";
import "./report.ts";
import { names } from "./report.ts";
import { sidesOfPaths } from "./sides.ts";
import { announcement, statusLine } from "./statusLine.ts";

/** What each of some models uses, with everything that can be done about it. It renders into the document. */
export class LikenessInversion extends LitElement {
  static override properties = {
    state: { attribute: false },
    place: { state: true },
    isFormOpen: { state: true },
    isExporting: { state: true },
  };

  declare state: InversionState | undefined;
  declare protected place: InversionPlace;
  declare protected isFormOpen: boolean;
  /** A picture of all pictures is being drawn. */
  declare protected isExporting: boolean;

  readonly #host: ViewHost<InversionIntent>;
  /** Where the page is to be scrolled to once there is enough of it. */
  #scrolled: number;

  constructor(host: ViewHost<InversionIntent>) {
    super();
    this.#host = host;
    const { place, isFormOpen, scrolled } = readKept(host.kept());
    this.place = place;
    this.isFormOpen = isFormOpen;
    this.isExporting = false;
    this.#scrolled = scrolled;
    window.addEventListener("scrollend", () => this.#keep());
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
              others:
                saved || !status.failure.code.startsWith("architecture/") ? nothing : this.#architectureRemedies(state),
              showLog: saved ? undefined : () => this.#host.post({ type: "showLog" }),
            })
          : nothing
      }
      ${
        this.isFormOpen && !saved
          ? html`<inversion-form
              .question=${state.question}
              .report=${report}
              .costs=${state.costs}
              @ask=${({ question }: AskEvent) => this.#ask(question)}
              @ask-costs=${({ question }: AskEvent) => this.#host.post({ type: "costs", question })}
              @choose-architecture=${({ model, question }: ChooseArchitectureEvent) => this.#chooseArchitecture(model, question)}
              @choose-probe=${({ question }: AskEvent) => this.#host.post({ type: "chooseProbe", question })}
            ></inversion-form>`
          : nothing
      }
      ${
        report?.inversion === undefined || !hasAnswer(state)
          ? this.#placeholder(state)
          : html`<inversion-report
              class=${isEarlier ? "earlier" : ""}
              .report=${report}
              .base=${state.pictures}
              .place=${this.place}
              .tools=${this.#tools(state)}
              @place=${({ place }: PlaceEvent) => this.#go(place)}
            ></inversion-report>`
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

  #bar(state: InversionState): TemplateResult {
    const { status, saved, report } = state;
    const isRunning = status.kind === "running";
    return html`<div class="bar" role="region" aria-label="What each one uses">
      ${isRunning ? progressLine(shareDone(status)) : nothing}
      <p class="state ${status.kind}">${statusLine(state)}</p>
      <div class="actions">
        ${isRunning ? html`<button @click=${() => this.#host.post({ type: "cancel" })}>Cancel</button>` : nothing}
        ${status.kind === "cancelled" ? html`<button class="primary" @click=${() => this.#ask(state.question)}>Resume</button>` : nothing}
        ${
          saved
            ? nothing
            : html`<button aria-expanded=${this.isFormOpen} @click=${() => this.#openForm(!this.isFormOpen)}>Settings</button>
              ${state.question.models.length > 1 ? html`<button class="other" title="Compare the same networks layer by layer" @click=${() => this.#host.post({ type: "compare" })}>Compare Layers</button>` : nothing}
              <button class="copy" title=${state.commandLine} @click=${() => this.#host.post({ type: "copyCommandLine" })}>Copy Command</button>`
        }
        ${report?.inversion === undefined || !hasAnswer(state) ? nothing : html`<action-menu .label=${this.isExporting ? "Drawing…" : "Export"} .items=${this.#exports(state)}></action-menu>`}
      </div>
    </div>`;
  }

  /** In the place of a report that is not there yet: its names, what it will take, and how far the residuals have come. */
  #placeholder({ question, status, saved, curves, report }: InversionState): TemplateResult | typeof nothing {
    if (saved) return nothing;
    const sides = sidesOfPaths(question.models.map(({ path }) => path));
    const isRunning = status.kind === "running";
    const known = curves.map((curve, i): ResidualCurve | null => curve ?? report?.inversion?.curves[i] ?? null);
    const drawn = residualCurves(known, sides);
    return html`<main class="page waiting">
      ${names(sides)}
      ${isRunning ? html`<p class="verdict">${estimateLine(status) || (drawn === nothing ? "Reading the networks." : "")}</p>` : nothing}
      ${drawn !== nothing ? drawn : isRunning ? html`<div class="empty"><p>The residual is drawn here as it falls.</p></div>` : nothing}
    </main>`;
  }

  #tools({ saved, question }: InversionState): OriginTools | undefined {
    if (saved) return undefined;
    const change = (field: FormField, what: string) =>
      html`<button class="link" aria-label=${`Change ${what}`} @click=${() => this.#lead(field)}>Change…</button>`;
    return {
      numbers: () => change("samples", "number of images"),
      probe: () => change("probe", "probe"),
      model: (i) => {
        const path = question.models[i]?.path;
        if (path === undefined) return nothing;
        return html`<button class="link" title=${path} aria-label=${`Open ${path}`} @click=${() => this.#host.post({ type: "openModel", path })}>Open</button>
          ${change(`preprocess-${i}`, `preprocessing of model ${i + 1}`)}`;
      },
      architecture: (i) =>
        html`<button class="link" aria-label=${`Choose architecture of model ${i + 1}`} @click=${() => this.#chooseArchitecture(i)}>Choose Architecture…</button>`,
    };
  }

  #architectureRemedies({ question: { models } }: InversionState): TemplateResult {
    const sides = sidesOfPaths(models.map(({ path }) => path));
    return html`${sides.map(
      ({ name }, i) =>
        html`<button class=${i === 0 ? "primary" : ""} @click=${() => this.#chooseArchitecture(i)}>Choose Architecture of ${name}…</button>`,
    )}`;
  }

  #chooseArchitecture(model: number, question?: InversionQuestion): void {
    this.#host.post({ type: "chooseArchitecture", model, ...(question !== undefined && { question }) });
  }

  #exports({ pictures, report }: InversionState): readonly MenuItem[] {
    const item = (label: string, note: string, format: ExportFormat): MenuItem => ({
      label,
      note,
      choose: () => void this.#export(format),
    });
    const hasPictures = pictures !== undefined && report?.inversion?.pictures !== undefined;
    return [
      ...(hasPictures ? [item("PNG", "all pictures on one sheet", "png")] : []),
      item("CSV", "every number", "csv"),
      item("JSON", "the report with its pictures", "json"),
    ];
  }

  async #export(format: ExportFormat): Promise<void> {
    const { state } = this;
    if (state?.report === undefined) return;
    if (format !== "png") {
      this.#host.post({ type: "export", format });
      return;
    }
    if (state.pictures === undefined || this.isExporting) return;
    this.isExporting = true;
    try {
      const picture = await contactSheet(state.report, state.pictures, this.place);
      this.#host.post({ type: "export", format, picture });
    } finally {
      this.isExporting = false;
    }
  }

  #ask(question: InversionQuestion): void {
    this.#host.post({ type: "run", question });
  }

  #lead(field: FormField): void {
    this.#openForm(true);
    void this.updateComplete.then(async () => {
      const form = this.querySelector("inversion-form");
      if (!(form instanceof InversionForm)) return;
      await form.updateComplete;
      form.lead(field);
    });
  }

  #openForm(isOpen: boolean): void {
    this.isFormOpen = isOpen;
    this.#keep();
  }

  #go(place: InversionPlace): void {
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

/** Before the last model is done, there are curves, and no numbers. */
function hasAnswer({ report }: InversionState): boolean {
  return typeof report?.inversion?.cka.selfStir.biased[0]?.[0] === "number";
}

customElements.define("likeness-inversion", LikenessInversion);
