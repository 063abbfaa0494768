import { css, html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { interval, measureValue } from "../../src/core/report/format.ts";
import { position } from "../../src/core/report/scale.ts";
import { type CellIndex, type HeatmapData, isSameCell, valueAt } from "./data.ts";
import { CellOpenEvent } from "./element.ts";

/** What the strip shows of a matrix: like with like, from the input to the output. */
export interface DepthData {
  readonly heatmap: HeatmapData;
  readonly cells: readonly CellIndex[];
  readonly title: string;
}

const [left, right, top, height] = [26, 6, 6, 84];
const bottom = top + height;

/** Values along the depth of a network as a line with its 95 % band. The same cells can be reached in the grid. */
export class DepthStrip extends LitElement {
  static override properties = {
    data: { attribute: false },
    selected: { attribute: false },
    width: { state: true },
    live: { state: true },
  };

  static override styles = css`
    :host { display: block; position: relative; font-family: var(--likeness-font, system-ui, sans-serif); font-size: 11px; }
    svg { display: block; overflow: visible; cursor: crosshair; }
    text { fill: var(--likeness-dim, GrayText); font-size: 10.5px; }
    .rule { stroke: var(--likeness-line, GrayText); stroke-width: 1; }
    .stage { stroke: var(--likeness-line, GrayText); stroke-width: 1; stroke-dasharray: 1 3; }
    .band { fill: var(--likeness-accent, Highlight); opacity: 0.2; }
    .line { fill: none; stroke: var(--likeness-accent, Highlight); stroke-width: 1.75; stroke-linejoin: round; }
    .point { fill: var(--likeness-accent, Highlight); }
    .selected { fill: var(--likeness-paper, Canvas); stroke: var(--likeness-accent, Highlight); stroke-width: 2; }
    .live { stroke: var(--likeness-ink, CanvasText); stroke-width: 1; opacity: 0.5; }
    .readout { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; margin: 0 0 4px; min-height: 1.5em; line-height: 1.5; }
    .title { color: var(--likeness-dim, GrayText); }
    .now { color: var(--likeness-ink, CanvasText); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    @media (forced-colors: active) { svg { forced-color-adjust: none; } }
  `;

  declare data: DepthData | undefined;
  declare selected: CellIndex | undefined;
  declare protected width: number;
  declare protected live: number | undefined;
  #resized: ResizeObserver | undefined;

  constructor() {
    super();
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized = new ResizeObserver(() => {
      this.width = this.clientWidth;
    });
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized?.disconnect();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { data, width } = this;
    if (data === undefined || data.cells.length < 2) return nothing;
    const shown = this.live === undefined ? undefined : data.cells[this.live];
    return html`<p class="readout">
        <span class="title">${data.title}</span>
        <span class="now">${shown === undefined ? "" : readout(data.heatmap, shown)}</span>
      </p>
      ${
        width === 0
          ? nothing
          : html`<svg
              width=${width}
              height=${bottom + 16}
              role="img"
              aria-label=${summary(data)}
              @pointermove=${this.#onMove}
              @pointerleave=${() => {
                this.live = undefined;
              }}
              @click=${this.#onClick}
            >${this.#chart(data, width)}</svg>`
      }`;
  }

  #chart(data: DepthData, width: number): TemplateResult {
    const { heatmap, cells } = data;
    const y = heightOf(heatmap, cells);
    const x = (i: number) => this.#x(i, cells.length, width);
    const points = cells.map((cell, i) => ({ i, value: valueAt(heatmap.values, cell), cell }));
    const spacing = x(1) - x(0);
    const selected = points.find(({ cell }) => isSameCell(cell, this.selected));
    return svg`
      ${[heatmap.scale.unlike, heatmap.scale.alike].map(
        (value) => svg`<line class="rule" x1=${left} x2=${width - right} y1=${y(value)} y2=${y(value)}></line>
        <text x=${left - 6} y=${y(value) + 3.5} text-anchor="end">${Number(value.toFixed(2))}</text>`,
      )}
      ${stageMarks(data, x, width)}
      <path class="band" d=${band(heatmap, cells, x, y)}></path>
      <path class="line" d=${polyline(points.map(({ i, value }) => (value === null ? null : [x(i), y(value)])))}></path>
      ${
        spacing < 7
          ? nothing
          : points.map(({ i, value }) =>
              value === null ? nothing : svg`<circle class="point" cx=${x(i)} cy=${y(value)} r="2.5"></circle>`,
            )
      }
      ${this.live === undefined ? nothing : svg`<line class="live" x1=${x(this.live)} x2=${x(this.live)} y1=${top} y2=${bottom}></line>`}
      ${selected?.value === undefined || selected.value === null ? nothing : svg`<circle class="selected" cx=${x(selected.i)} cy=${y(selected.value)} r="4"></circle>`}
    `;
  }

  #x(i: number, count: number, width: number): number {
    return left + 6 + ((width - left - right - 12) * i) / Math.max(1, count - 1);
  }

  #onMove(event: PointerEvent): void {
    const count = this.data?.cells.length ?? 0;
    const spacing = this.#x(1, count, this.width) - this.#x(0, count, this.width);
    const nearest = Math.round((event.offsetX - this.#x(0, count, this.width)) / spacing);
    this.live = Math.min(Math.max(0, nearest), count - 1);
  }

  #onClick(): void {
    const cell = this.live === undefined ? undefined : this.data?.cells[this.live];
    if (cell !== undefined) this.dispatchEvent(new CellOpenEvent(cell));
  }
}

/** Pixels from the top for a value; values below unlike make room for themselves under its line. */
function heightOf({ values, scale }: HeatmapData, cells: readonly CellIndex[]): (value: number) => number {
  const positions = cells.flatMap((cell) => {
    const value = valueAt(values, cell);
    return value === null ? [] : [position(scale, value)];
  });
  const lowest = Math.min(0, ...positions);
  return (value: number) => bottom - ((position(scale, value) - lowest) / (1 - lowest)) * height;
}

function stageMarks({ heatmap, cells }: DepthData, x: (i: number) => number, width: number): TemplateResult[] {
  const at = new Map(cells.map(({ row }, i) => [row, i]));
  let free = 0;
  return heatmap.rows.labels.stages.flatMap(({ from, label, isModule }) => {
    const i = at.get(from);
    if (i === undefined || !isModule) return [];
    const edge = x(i);
    const room = edge >= free && edge + label.length * 6 < width;
    if (room) free = edge + label.length * 6 + 8;
    return [
      svg`<line class="stage" x1=${edge} x2=${edge} y1=${top} y2=${bottom + (room ? 5 : 0)}></line>
      ${room ? svg`<text x=${edge} y=${bottom + 14}>${label}</text>` : nothing}`,
    ];
  });
}

/** The area between both ends of the intervals, in as many pieces as undefined values leave. */
function band(
  data: HeatmapData,
  cells: readonly CellIndex[],
  x: (i: number) => number,
  y: (v: number) => number,
): string {
  const pieces: { at: number; low: number; high: number }[][] = [[]];
  for (const [i, cell] of cells.entries()) {
    const [low, high] = [valueAt(data.low, cell), valueAt(data.high, cell)];
    if (low === null || high === null) pieces.push([]);
    else pieces.at(-1)?.push({ at: x(i), low: y(low), high: y(high) });
  }
  return pieces
    .filter((piece) => piece.length > 1)
    .map((piece) => {
      const there = piece.map(({ at, high }) => `${at} ${high}`);
      const back = piece.toReversed().map(({ at, low }) => `${at} ${low}`);
      return `M${[...there, ...back].join("L")}Z`;
    })
    .join("");
}

/** A path through points, broken where a value is undefined. */
function polyline(points: readonly (readonly number[] | null)[]): string {
  return points
    .map((point, i) => (point === null ? "" : `${i === 0 || points[i - 1] === null ? "M" : "L"}${point.join(" ")}`))
    .join("");
}

function readout(data: HeatmapData, cell: CellIndex): string {
  const [row, column] = [data.rows.names[cell.row], data.columns.names[cell.column]];
  const ends = interval(valueAt(data.low, cell), valueAt(data.high, cell));
  const value = measureValue(valueAt(data.values, cell));
  return `${row === column ? row : `${row} × ${column}`}  ${value}${ends === "" ? "" : ` (${ends})`}`;
}

function summary({ title, heatmap, cells }: DepthData): string {
  const at = (cell: CellIndex) => `${heatmap.rows.names[cell.row]} ${measureValue(valueAt(heatmap.values, cell))}`;
  return `${title}: from ${at(cells[0]!)} to ${at(cells.at(-1)!)}, ${cells.length} layers`;
}

customElements.define("depth-strip", DepthStrip);

declare global {
  interface HTMLElementTagNameMap {
    "depth-strip": DepthStrip;
  }
}
