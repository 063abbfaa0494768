import { html, LitElement, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { alignByDepth, type DepthAlignment } from "../../src/core/report/alignment.ts";
import { type ComparedPair, comparedPairs, leadingMeasure } from "../../src/core/report/pairs.ts";
import type { MeasureMatrix, Report } from "../../src/core/report/report.ts";
import { measureTitle } from "../../src/core/report/scale.ts";
import { pairVerdict, verdict } from "../../src/core/report/verdict.ts";
import type { CellIndex, HeatmapData } from "../heatmap/data.ts";
import "../heatmap/depthStrip.ts";
import type { CellOpenEvent, LayerHeatmap } from "../heatmap/element.ts";
import "../heatmap/element.ts";
import { largestCell } from "../heatmap/geometry.ts";
import { biasNote } from "./biasNote.ts";
import { cellContext } from "./cellContext.ts";
import { pairDetail } from "./detail.ts";
import { outputFigures } from "./figures.ts";
import { layerData, modelData } from "./heatmapData.ts";
import { matchTable } from "./matches.ts";
import { matrixTable } from "./matrixTable.ts";
import { notices } from "./notices.ts";
import { type OriginTools, reportOrigin } from "./origin.ts";
import { pairTable } from "./pairTable.ts";
import { PlaceEvent, type ReportPlace, start } from "./place.ts";

/** What a heatmap's names take at most, in CSS pixels. */
const labelRoom = 190;
const titleRoom = 130;

/** Everything the page shows of one pair and measure, derived once. */
interface Shown {
  readonly pair: ComparedPair;
  readonly id: string;
  readonly matrix: MeasureMatrix;
  readonly data: HeatmapData;
  readonly alignment: DepthAlignment;
}

/** A comparison on one page. It renders into the document itself: `report.css` is its style. */
export class LikenessReport extends LitElement {
  static override properties = {
    report: { attribute: false },
    place: { attribute: false },
    tools: { attribute: false },
  };

  declare report: Report | undefined;
  /** What is chosen. Changes by the reader are told with a {@link PlaceEvent}. */
  declare place: ReportPlace;
  /** What can be done about the facts at the end; a report that stands alone can do nothing. */
  declare tools: OriginTools | undefined;

  constructor() {
    super();
    this.place = start;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { report } = this;
    if (report === undefined) return nothing;
    const pairs = comparedPairs(report);
    const pair = pairs[this.place.pair] ?? pairs[0];
    if (pair === undefined)
      return html`<main class="page"><p class="verdict">This report compares no models.</p></main>`;
    const shown = this.#shown(pair);
    return html`<main class="page">
      ${pairs.length > 1 ? this.#models(report, pairs) : nothing}
      <header>
        <h1>
          <span><span class="side">A</span>${pair.nameA}</span>
          <span class="times">×</span>
          <span><span class="side">B</span>${pair.nameB}</span>
        </h1>
        <p class="verdict">${pairVerdict(report, pair).join(" ")}</p>
        ${outputFigures(pair)}
        ${notices(report)}
      </header>
      ${shown === undefined ? html`<p>No measure of its layers was asked for.</p>` : this.#layers(report, shown)}
      ${reportOrigin(report, shown?.matrix, this.tools)}
    </main>`;
  }

  /** A small matrix needs no wide place; what is beside it moves up to it. */
  protected override updated(): void {
    const data = this.querySelector<LayerHeatmap>(".map layer-heatmap")?.data;
    this.style.setProperty("--map-width", data === undefined ? "100%" : `${widthOf(data)}px`);
  }

  #shown(pair: ComparedPair): Shown | undefined {
    const { measure = "" } = this.place;
    const chosen = pair.measures.get(measure);
    const [id, matrix] = chosen === undefined ? (leadingMeasure(pair) ?? []) : [measure, chosen];
    if (id === undefined || matrix === undefined) return undefined;
    return { pair, id, matrix, data: layerData(pair, id, matrix), alignment: alignByDepth(pair, matrix) };
  }

  #models(report: Report, pairs: readonly ComparedPair[]): TemplateResult {
    const { matrix } = report;
    return html`<section class="models" aria-label="Models">
      <div>
        <p class="verdict">${verdict(report).join(" ")}</p>
        ${pairTable(pairs, this.place.pair, (index) => this.#choosePair(index))}
      </div>
      ${
        matrix === undefined
          ? nothing
          : html`<figure>
              <layer-heatmap
                .data=${guard([matrix], () => modelData(matrix))}
                .maximumHeight=${260}
                .selected=${this.#selectedPair(pairs)}
                @cell-open=${(event: CellOpenEvent) => this.#openModels(event.cell, pairs)}
              ></layer-heatmap>
              <figcaption>${measureTitle(matrix.measure)}: ${matrix.convention}</figcaption>
            </figure>`
      }
    </section>`;
  }

  #layers(report: Report, { pair, id, data, alignment }: Shown): TemplateResult {
    const { cell, isTable, pair: pairIndex } = this.place;
    const open = (to: CellIndex) => this.#go({ cell: to });
    const title = alignment.by === "name" ? "Same layer, by depth" : "Best match of each layer, by depth";
    return html`<div class="layers">
      <section class="map" aria-label="Layers">
        ${this.#controls(pair, id)}
        ${
          isTable
            ? matrixTable(data)
            : html`<p class="axes"><span>A ${pair.nameA} ↓</span><span>B ${pair.nameB} →</span></p>
              <layer-heatmap
                .data=${data}
                .maximumHeight=${mapHeight()}
                .selected=${cell}
                @cell-open=${(event: CellOpenEvent) => open(event.cell)}
                @contextmenu=${(event: Event) => tellCell(event.currentTarget as LayerHeatmap, data, id, pairIndex)}
              ></layer-heatmap>`
        }
        ${biasNote(id, pair)}
      </section>
      <aside>
        <p class="unseen" role="status">${cell === undefined ? "" : `Chosen: ${data.rows.names[cell.row]} × ${data.columns.names[cell.column]}`}</p>
        <div class="choice-detail">${cell === undefined ? hint : pairDetail(report, pair, id, cell)}</div>
        <depth-strip
          .data=${guard([data], () => ({ heatmap: data, cells: alignment.cells, title }))}
          .selected=${cell}
          @cell-open=${(event: CellOpenEvent) => open(event.cell)}
        ></depth-strip>
        ${guard([data], () => matchTable(data, alignment, open))}
      </aside>
    </div>`;
  }

  #controls(pair: ComparedPair, id: string): TemplateResult {
    return html`<div class="controls">
      <label class="choice"><span>Measure</span>
        <select aria-label="Measure" @change=${(event: Event) => this.#go({ measure: (event.target as HTMLSelectElement).value })}>
          ${[...pair.measures.keys()].map((key) => html`<option value=${key} .selected=${key === id}>${measureTitle(key)}</option>`)}
        </select>
      </label>
      <button
        aria-pressed=${this.place.isTable}
        @click=${() => this.#go({ isTable: !this.place.isTable })}
      >Table</button>
    </div>`;
  }

  #choosePair(index: number): void {
    const { cell: _, ...rest } = this.place;
    this.#put({ ...rest, pair: index });
  }

  /** Layers keep their places from one measure to the next, so the chosen cell stays chosen. */
  #go(to: Partial<ReportPlace>): void {
    this.#put({ ...this.place, ...to });
  }

  #put(place: ReportPlace): void {
    this.place = place;
    this.dispatchEvent(new PlaceEvent(place));
  }

  #openModels({ row, column }: CellIndex, pairs: readonly ComparedPair[]): void {
    const index = pairs.findIndex(({ a, b }) => (a === row && b === column) || (a === column && b === row));
    if (index !== -1) this.#choosePair(index);
  }

  #selectedPair(pairs: readonly ComparedPair[]): CellIndex | undefined {
    const pair = pairs[this.place.pair];
    return pair === undefined ? undefined : { row: pair.a, column: pair.b };
  }
}

/** Before the editor asks for it, to open its own menu there. */
function tellCell(heatmap: LayerHeatmap, data: HeatmapData, measure: string, pair: number): void {
  const { liveCell } = heatmap;
  if (liveCell === undefined) delete heatmap.dataset.vscodeContext;
  else heatmap.dataset.vscodeContext = JSON.stringify(cellContext(data, liveCell, measure, pair));
}

const hint = html`<p class="hint">Choose a cell to see the pair in every measure.</p>`;

/** The picture is to be seen whole, with something of what stands above it. */
function mapHeight(): number {
  return Math.max(440, window.innerHeight - 170);
}

function widthOf({ rows, columns }: HeatmapData): number {
  const cell = Math.min(largestCell, (mapHeight() - titleRoom) / rows.names.length);
  return Math.ceil(columns.names.length * cell) + labelRoom;
}

customElements.define("likeness-report", LikenessReport);
