import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { interval, measureValue } from "../../src/core/report/format.ts";
import { breakable } from "../shared/names.ts";
import { type Theme, themeOf, watchTheme } from "../shared/theme.ts";
import { cellImage } from "./cellImage.ts";
import { type CellIndex, type HeatmapData, isSameCell, valueAt } from "./data.ts";
import { Geometry, type Size, type View, wholeView } from "./geometry.ts";
import { heatmapStyle } from "./heatmap.css.ts";
import { stepOf } from "./keyboard.ts";
import { legend } from "./legend.ts";
import { type AxisRoom, measureAxis, paintAxes } from "./paintAxes.ts";
import { markFrom, paintCells } from "./paintCells.ts";
import { paintOverlay } from "./paintOverlay.ts";
import { followPointer } from "./pointer.ts";

/** A cell was chosen, by click or Enter. */
export class CellOpenEvent extends Event {
  readonly cell: CellIndex;
  constructor(cell: CellIndex) {
    super("cell-open", { bubbles: true, composed: true });
    this.cell = cell;
  }
}

/** Another cell is under the pointer or the keyboard, or none is. */
export class CellLiveEvent extends Event {
  readonly cell: CellIndex | undefined;
  constructor(cell: CellIndex | undefined) {
    super("cell-live");
    this.cell = cell;
  }
}

const pageRows = 10;
const zoomStep = 1.5;
const noRoom: AxisRoom = { layers: 0, stages: 0 };

/**
 * A matrix as a picture that can be read cell by cell, with pointer, keyboard and screen reader. One tab stop; the cell
 * under the pointer or the keyboard is live: named on both axes, in the tooltip, and as the grid's active descendant.
 */
export class LayerHeatmap extends LitElement {
  static override styles = heatmapStyle;
  static override properties = {
    data: { attribute: false },
    selected: { attribute: false },
    linked: { attribute: false },
    maximumHeight: { attribute: false },
    live: { state: true },
    view: { state: true },
  };

  declare data: HeatmapData | undefined;
  declare selected: CellIndex | undefined;
  /** The cell that is live in another heatmap of the same layers: marked here, too, while none of its own is. */
  declare linked: CellIndex | undefined;
  /** Of the picture, in CSS pixels. */
  declare maximumHeight: number;
  declare protected live: CellIndex | undefined;
  declare protected view: View;

  #theme: Theme | undefined;
  #image: HTMLCanvasElement | undefined;
  #geometry: Geometry | undefined;
  #names: { rows: AxisRoom; columns: AxisRoom } = { rows: noRoom, columns: noRoom };
  /** Whether cells and names have to be laid out and painted again. */
  #isStale = true;
  #followed: HTMLElement | undefined;
  /** Measures text; nothing is painted with it. */
  readonly #ruler = document.createElement("canvas").getContext("2d")!;
  #isFocused = false;
  #width = 0;
  readonly #release: (() => void)[] = [];

  constructor() {
    super();
    this.maximumHeight = 900;
    this.view = wholeView;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const resized = new ResizeObserver(() => {
      if (this.clientWidth === this.#width) return;
      this.#width = this.clientWidth;
      this.#isStale = true;
      this.requestUpdate();
    });
    resized.observe(this);
    const themed = watchTheme(() => {
      this.#theme = undefined;
      this.#image = undefined;
      this.#isStale = true;
      this.requestUpdate();
    });
    this.#release.push(() => resized.disconnect(), themed);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const release of this.#release.splice(0)) release();
    this.#followed = undefined;
  }

  /** The cell under the pointer or the keyboard. */
  get liveCell(): CellIndex | undefined {
    return this.live;
  }

  get #marked(): CellIndex | undefined {
    return this.live ?? this.linked;
  }

  /** Where the cells lie now, for tests and tooltips of others; undefined before the first paint. */
  get geometry(): Geometry | undefined {
    return this.#geometry;
  }

  /** Lays the cells out, so that what is rendered around them may depend on it; what changes only highlights keeps both. */
  protected override willUpdate(changed: PropertyValues): void {
    const { data } = this;
    if (changed.has("data")) this.#take(changed.get("data") as HeatmapData | undefined, data);
    this.#width ||= this.clientWidth;
    this.#isStale ||= ["data", "view", "maximumHeight"].some((key) => changed.has(key));
    if (data === undefined || this.#width === 0 || !this.#isStale) return;
    this.#theme ??= themeOf(this);
    const most = Math.min(170, this.#width * 0.3);
    this.#names = {
      rows: measureAxis(this.#ruler, data.rows, this.#theme, most),
      columns: measureAxis(this.#ruler, data.columns, this.#theme, Math.min(130, most)),
    };
    const room = {
      width: this.#width,
      maximumHeight: this.maximumHeight,
      left: this.#names.rows.layers + this.#names.rows.stages + 2,
      top: this.#names.columns.layers + this.#names.columns.stages + 2,
      pixelRatio: window.devicePixelRatio,
    };
    this.#geometry = new Geometry(sizeOf(data), room, this.view);
  }

  /** The view stays where it is as long as the axes do: from measure to measure, and while values still come in. */
  #take(before: HeatmapData | undefined, now: HeatmapData | undefined): void {
    this.#image = undefined;
    if (haveSameAxes(before, now)) return;
    this.view = wholeView;
    this.live = undefined;
  }

  protected override render(): TemplateResult | undefined {
    const [data, theme, geometry] = [this.data, this.#theme, this.#geometry];
    if (data === undefined || theme === undefined || geometry === undefined) return undefined;
    const zoomed = this.view.zoom > 1;
    const hasMarks = geometry.cell >= markFrom;
    return html`
      <div class="bar">
        ${guard([data, theme, hasMarks], () => legend(data, theme, hasMarks))}
        <span class="zoom">
          <button title="Zoom out (−)" aria-label="Zoom out" ?disabled=${!zoomed} @click=${() => this.#zoom(1 / zoomStep)}>−</button>
          <button title="Zoom in (+)" aria-label="Zoom in" ?disabled=${!geometry.canZoomIn} @click=${() => this.#zoom(zoomStep)}>+</button>
          <button title="Show all (Escape)" ?disabled=${!zoomed} @click=${() => this.#show(wholeView)}>Fit</button>
        </span>
      </div>
      <div
        class="stage"
        role="grid"
        tabindex="0"
        aria-label=${`${data.title}. Rows: ${data.rows.title}. Columns: ${data.columns.title}.`}
        aria-rowcount=${data.rows.names.length}
        aria-colcount=${data.columns.names.length}
        aria-readonly="true"
        aria-activedescendant="live"
        @keydown=${this.#onKey}
        @focus=${() => this.#onFocus(true)}
        @blur=${() => this.#onFocus(false)}
      >
        <canvas class="base"></canvas>
        <canvas class=${zoomed ? "overlay zoomed" : "overlay"}></canvas>
        ${this.#liveCell(data)}
        ${this.#marked === undefined ? "" : tooltip(data, this.#marked)}
      </div>
    `;
  }

  /** Colours and names only when they changed; a move of the pointer costs the overlay alone. */
  protected override updated(): void {
    const [data, theme, geometry] = [this.data, this.#theme, this.#geometry];
    const overlay = this.renderRoot.querySelector<HTMLCanvasElement>("canvas.overlay");
    if (data === undefined || theme === undefined || geometry === undefined || overlay === null) return;
    this.#follow(overlay);
    if (this.#isStale) this.#paint(data, geometry, theme);
    const context = cleared(overlay, this.#width, geometry.height);
    paintOverlay(
      context,
      data,
      geometry,
      { live: this.#marked, selected: this.selected, isFocused: this.#isFocused },
      theme,
    );
    this.#placeTooltip(geometry);
  }

  #paint(data: HeatmapData, geometry: Geometry, theme: Theme): void {
    const base = this.renderRoot.querySelector<HTMLCanvasElement>("canvas.base")!;
    const context = cleared(base, this.#width, geometry.height);
    this.#image ??= cellImage(data, theme.ground);
    paintCells(context, data, this.#image, geometry, theme);
    paintAxes(context, data, geometry, this.#names, theme);
    this.#isStale = false;
  }

  #follow(overlay: HTMLElement): void {
    if (this.#followed === overlay) return;
    this.#followed = overlay;
    this.#release.push(
      followPointer(overlay, {
        geometry: () => this.#geometry,
        hover: (cell) => this.#setLive(cell),
        open: (cell) => this.#open(cell),
        show: (view) => this.#show(view),
      }),
    );
  }

  /** The one cell that exists for assistive technology, described whole. */
  #liveCell(data: HeatmapData): TemplateResult {
    const cell = this.live ?? this.selected ?? { row: 0, column: 0 };
    return html`<div class="unseen" role="row" aria-rowindex=${cell.row + 1}>
      <div
        id="live"
        role="gridcell"
        aria-colindex=${cell.column + 1}
        aria-selected=${isSameCell(cell, this.selected) && this.selected !== undefined}
      >${description(data, cell)}</div>
    </div>`;
  }

  #onKey(event: KeyboardEvent): void {
    const [data, geometry] = [this.data, this.#geometry];
    if (data === undefined || geometry === undefined) return;
    const from = this.live ?? this.selected ?? { row: 0, column: 0 };
    const step = stepOf(event, from, sizeOf(data), pageRows);
    if (step === undefined) return;
    if (step.kind === "back" && this.view.zoom === 1) return;
    event.preventDefault();
    if (step.kind === "move") {
      this.#setLive(step.to);
      this.#show(geometry.revealing(step.to));
    } else if (step.kind === "open") {
      this.#open(from);
    } else if (step.kind === "zoom") {
      this.#zoom(step.by === "in" ? zoomStep : 1 / zoomStep);
    } else {
      event.stopPropagation();
      this.#show(wholeView);
    }
  }

  #onFocus(isFocused: boolean): void {
    this.#isFocused = isFocused && this.shadowRoot?.querySelector(".stage:focus-visible") !== null;
    // A press focuses as well: the cell under the pointer stays live, for the menu that a right press opens.
    if (isFocused && !this.#isFocused) return;
    this.#setLive(this.#isFocused ? (this.live ?? this.selected ?? { row: 0, column: 0 }) : undefined);
  }

  #open(cell: CellIndex): void {
    this.dispatchEvent(new CellOpenEvent(cell));
  }

  #setLive(cell: CellIndex | undefined): void {
    if (isSameCell(cell, this.live)) return;
    this.live = cell;
    this.dispatchEvent(new CellLiveEvent(cell));
  }

  #show(view: View): void {
    const { row, column, zoom } = this.view;
    if (view.row !== row || view.column !== column || view.zoom !== zoom) this.view = view;
  }

  /** Zooms about the live cell, or the middle of what is in sight. */
  #zoom(factor: number): void {
    const geometry = this.#geometry;
    if (geometry === undefined) return;
    const about = this.live === undefined ? geometry.plot : geometry.box(this.live);
    this.#show(geometry.zoomed(factor, about.x + about.width / 2, about.y + about.height / 2));
  }

  /** Beside the live cell, on the side where there is room. */
  #placeTooltip(geometry: Geometry): void {
    const tip = this.renderRoot.querySelector<HTMLElement>(".tip");
    if (tip === null || this.#marked === undefined) return;
    const box = geometry.box(this.#marked);
    const [width, height] = [tip.offsetWidth, tip.offsetHeight];
    const right = box.x + box.width + 12;
    const x = right + width <= this.#width ? right : Math.max(0, box.x - width - 12);
    const below = box.y + box.height + 12;
    const end = tip.parentElement!.getBoundingClientRect().top + below + height;
    const y = end <= window.innerHeight ? below : Math.max(0, box.y - height - 12);
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}

function tooltip(data: HeatmapData, cell: CellIndex): TemplateResult {
  const ends = interval(valueAt(data.low, cell), valueAt(data.high, cell));
  return html`<div class="tip" aria-hidden="true">
    <div><span class="value">${measureValue(valueAt(data.values, cell))}</span>
    ${ends === "" ? "" : html`<span class="interval"> ${ends}</span>`}</div>
    <div class="names"><span class="side">A</span><span>${breakable(data.rows.names[cell.row] ?? "")}</span></div>
    <div class="names"><span class="side">B</span><span>${breakable(data.columns.names[cell.column] ?? "")}</span></div>
  </div>`;
}

function description(data: HeatmapData, cell: CellIndex): string {
  const value = measureValue(valueAt(data.values, cell));
  const ends = interval(valueAt(data.low, cell), valueAt(data.high, cell));
  const best = data.best?.[cell.row] === cell.column ? ", best match in its row" : "";
  const names = `${data.rows.names[cell.row]} × ${data.columns.names[cell.column]}`;
  return `${names}, ${data.title} ${value}${ends === "" ? "" : `, 95 % interval ${ends}`}${best}`;
}

/** Whether two matrices have the same layers in the same places. */
function haveSameAxes(one: HeatmapData | undefined, other: HeatmapData | undefined): boolean {
  const same = (these: readonly string[] = [], those: readonly string[] = []) =>
    these === those || (these.length === those.length && these.every((name, i) => name === those[i]));
  return same(one?.rows.names, other?.rows.names) && same(one?.columns.names, other?.columns.names);
}

function sizeOf({ rows, columns }: HeatmapData): Size {
  return { rows: rows.names.length, columns: columns.names.length };
}

/** The context of a canvas of so many CSS pixels, empty and scaled to the screen's. */
function cleared(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

customElements.define("layer-heatmap", LayerHeatmap);

declare global {
  interface HTMLElementTagNameMap {
    "layer-heatmap": LayerHeatmap;
  }
}
