import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { FailureRecord } from "../../src/core/failure.ts";
import { count, plural } from "../../src/core/report/format.ts";
import type { Finding, ModelReport } from "../../src/core/report/report.ts";
import type { SummaryIntent, SummaryState, TensorStatistics } from "../../src/protocol/view.ts";
import { breakable } from "../shared/names.ts";
import { essence, facts } from "./facts.ts";
import { statisticsProgress } from "./progress.ts";
import { taps } from "./taps.ts";
import { tensorDetail } from "./tensorDetail.ts";
import {
  arrange,
  initialView,
  type SortKey,
  sharedPath,
  type TableView,
  type TensorRow,
  tensorRows,
} from "./tensorRows.ts";
import type { TableViewEvent, TensorChosenEvent } from "./tensorTable.ts";
import "./tensorTable.ts";

/** What the user did to the page and wants to find again; the rest comes from the host. */
export interface SummaryView {
  readonly table: TableView;
  readonly chosen?: string;
  readonly isTapsOpen: boolean;
}

/** Intents that need no more words. */
type PlainIntent = Extract<
  SummaryIntent["type"],
  "selectAsBaseline" | "compareWithBaseline" | "compareWith" | "invertWith" | "copyCommandLine"
>;

/** Something the user wants of the host. */
export class SummaryIntentEvent extends Event {
  readonly intent: SummaryIntent;

  constructor(intent: SummaryIntent) {
    super("intent");
    this.intent = intent;
  }
}

/** What a checkpoint holds, on one page. It renders into the document itself: `summary.css` is its style. */
export class CheckpointSummary extends LitElement {
  static override properties = { state: { attribute: false }, view: { attribute: false } };

  declare state: SummaryState | undefined;
  /** Changes are told by the event `view-changed`. */
  declare view: SummaryView;
  private rows: readonly TensorRow[] = [];
  private shared = "";
  private rowsOf: { model: ModelReport; statistics: readonly TensorStatistics[] } | undefined;

  constructor() {
    super();
    this.view = { table: initialView, isTapsOpen: false };
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { state } = this;
    if (state === undefined) return nothing;
    const { model, status } = state;
    if (model !== undefined) this.deriveRows(model, state.statistics);
    return html`<main class="page">
      <header>
        <div class="what">
          <h1>${state.path.split(/[\\/]/).at(-1)}${state.isBaseline ? html` <span class="badge">Baseline</span>` : nothing}</h1>
          <p class="essence">${model === undefined ? readingOf(status.kind) : essence(model, this.rows, state.sizeBytes)}</p>
        </div>
        ${model === undefined ? nothing : this.actions(state)}
      </header>
      ${status.kind === "failed" ? this.failed(status.failure) : nothing}
      ${model === undefined ? nothing : this.content(state, model)}
    </main>`;
  }

  /** Columns are as wide as what stands in them, whatever part of it is in sight. */
  protected override updated(): void {
    const longest = (texts: readonly string[]): number => texts.reduce((most, { length }) => Math.max(most, length), 0);
    this.style.setProperty("--dtype-width", `${Math.max(6, longest(this.rows.map(({ dtype }) => dtype)))}ch`);
    const shapes = longest(this.rows.map(({ shape }) => shape));
    this.style.setProperty("--shape-width", `${Math.min(22, Math.max(8, shapes))}ch`);
  }

  private content(state: SummaryState, model: ModelReport): TemplateResult {
    const { view } = this;
    const shown = arrange(this.rows, view.table);
    const chosen = this.rows.find(({ name }) => name === view.chosen);
    return html`
      ${this.faults()}
      ${(state.findings ?? []).filter(({ code }) => code !== seenInTable).map(finding)}
      ${state.warnings.map(({ code, message }) => html`<p class="notice warning" title=${code}>${message}</p>`)}
      ${facts(model, {
        isArchitectureChosen: state.isArchitectureChosen === true,
        chooseArchitecture: () => this.post({ type: "chooseArchitecture" }),
        open: (path) => this.post({ type: "openFile", path }),
        chooseWeights: (name) => this.post({ type: "chooseWeights", ...(name !== "" && { name }) }),
      })}
      ${taps(model.taps, view.isTapsOpen, (isTapsOpen) => this.change({ isTapsOpen }))}
      <section class="tensors" aria-label="Tensors">
        <div class="toolbar">
          <h2>${plural(this.rows.length, "tensor")}${this.shared === "" ? nothing : html` <span>in ${breakable(this.shared.slice(0, -1))}</span>`}</h2>
          ${this.controls(shown.length)}
          ${statisticsProgress(state.statisticsStatus, (intent) => this.post(intent))}
          <span class="unseen" role="status">${state.statisticsStatus.kind === "done" ? "Statistics are complete." : ""}</span>
        </div>
        <div class="columns ${chosen === undefined ? "" : "with-detail"}">
          <tensor-table
            .rows=${shown}
            .shared=${this.shared}
            .view=${view.table}
            .chosen=${view.chosen}
            @table-view=${(event: TableViewEvent) => this.change({ table: event.view })}
            @tensor-chosen=${(event: TensorChosenEvent) => this.choose(event.tensor)}
          ></tensor-table>
          <aside aria-label="Chosen tensor">${chosen === undefined ? hint : tensorDetail(chosen, () => this.choose(undefined))}</aside>
        </div>
      </section>`;
  }

  private actions({ baseline, isBaseline }: SummaryState): TemplateResult {
    const button = (title: string | TemplateResult, type: PlainIntent, kind = "") =>
      html`<button class=${kind} @click=${() => this.post({ type })}>${title}</button>`;
    return html`<div class="actions">
      ${baseline === undefined ? nothing : button(html`Compare with <b>${baseline}</b>`, "compareWithBaseline", "primary")}
      ${button("Compare with…", "compareWith", baseline === undefined ? "primary" : "")}
      ${button("Compare What Each One Uses…", "invertWith")}
      ${isBaseline ? nothing : button("Select as Baseline", "selectAsBaseline")}
      ${button("Copy as Command Line", "copyCommandLine")}
    </div>`;
  }

  private failed({ message, hint: advice, code }: FailureRecord): TemplateResult {
    return html`<section class="failure" role="alert">
      <p class="message">${message}</p>
      ${advice === undefined ? nothing : html`<p>${advice}</p>`}
      <p class="note">The file is read again by itself when it changes. <code>${code}</code></p>
      <div class="actions">
        <button class="primary" @click=${() => this.post({ type: "retry" })}>Try Again</button>
        <button @click=${() => this.post({ type: "showLog" })}>Show Log</button>
      </div>
    </section>`;
  }

  /** The one thing that has to be seen whoever looks for something else. */
  private faults(): TemplateResult | typeof nothing {
    const faulty = this.rows.filter(({ statistics }) => (statistics?.nonFinite ?? 0) > 0);
    if (faulty.length === 0) return nothing;
    const found = faulty.reduce((sum, { statistics }) => sum + (statistics?.nonFinite ?? 0), 0);
    const { table } = this.view;
    const only = table.onlyNonFinite;
    return html`<p class="notice error">
      <strong>${plural(faulty.length, "tensor")} with NaN or infinite numbers</strong>, ${count(found)} in all.
      <button class="link" aria-pressed=${only} @click=${() => this.change({ table: { ...table, onlyNonFinite: !only } })}>${only ? "Show all tensors" : "Show only these"}</button>
    </p>`;
  }

  private controls(shown: number): TemplateResult {
    const { table } = this.view;
    const change = (part: Partial<TableView>): void => this.change({ table: { ...table, ...part } });
    const isPart = shown < this.rows.length;
    return html`<input
        type="search"
        placeholder="Filter by name, type or shape"
        aria-label="Filter tensors"
        .value=${table.filter}
        @input=${(event: Event) => change({ filter: (event.target as HTMLInputElement).value })}
      />
      <select aria-label="Sort by" @change=${(event: Event) => change({ sort: (event.target as HTMLSelectElement).value as SortKey })}>
        ${sortTitles.map(([key, title]) => html`<option value=${key} .selected=${key === table.sort}>${title}</option>`)}
      </select>
      <button class="icon" aria-pressed=${table.isDescending} aria-label="Descending" title="Largest or last first" @click=${() => change({ isDescending: !table.isDescending })}>${table.isDescending ? "↓" : "↑"}</button>
      <span class="note" role="status">${isPart ? `${count(shown)} shown` : ""}</span>`;
  }

  private choose(chosen: string | undefined): void {
    const { chosen: _before, ...rest } = this.view;
    this.view = { ...rest, ...(chosen !== undefined && { chosen }) };
    this.dispatchEvent(new Event("view-changed"));
  }

  private change(part: Partial<SummaryView>): void {
    this.view = { ...this.view, ...part };
    this.dispatchEvent(new Event("view-changed"));
  }

  private post(intent: SummaryIntent): void {
    this.dispatchEvent(new SummaryIntentEvent(intent));
  }

  /** Thousands of rows are made once for each snapshot, not for each key in the filter. */
  private deriveRows(model: ModelReport, statistics: readonly TensorStatistics[]): void {
    if (this.rowsOf?.model === model && this.rowsOf.statistics === statistics) return;
    this.rowsOf = { model, statistics };
    this.rows = tensorRows(model.tensors ?? [], statistics);
    this.shared = sharedPath(this.rows);
  }
}

/** Said above the table as soon as it is read, with the way to the rows. */
const seenInTable = "check/non-finite";

function finding({ code, severity, title, evidence }: Finding): TemplateResult {
  return html`<p class="notice ${severity}" title=${code}>${title} <span class="note">${evidence}</span></p>`;
}

const hint = html`<p class="hint">Choose a tensor to see how its numbers are spread.</p>`;

const sortTitles: readonly (readonly [SortKey, string])[] = [
  ["file", "In file order"],
  ["name", "By name"],
  ["dtype", "By type"],
  ["elements", "By elements"],
  ["minimum", "By minimum"],
  ["mean", "By mean"],
  ["maximum", "By maximum"],
  ["deviation", "By standard deviation"],
  ["nonFinite", "By NaN, ∞"],
];

function readingOf(kind: "running" | "done" | "cancelled" | "failed"): string {
  if (kind === "running") return "Reading…";
  return kind === "cancelled" ? "Reading was cancelled." : "";
}

customElements.define("checkpoint-summary", CheckpointSummary);
