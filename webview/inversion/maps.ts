/** The two heatmaps: every layer of one model with every layer of the other, on natural data and on what one uses. */
import { html, nothing, type TemplateResult } from "lit";
import { measureValue } from "../../src/core/report/format.ts";
import { axisLabels } from "../../src/core/report/labels.ts";
import type { LayerMaps, Matrix } from "../../src/core/report/report.ts";
import { scaleOf } from "../../src/core/report/scale.ts";
import { type CellIndex, type HeatmapData, valueAt } from "../heatmap/data.ts";
import "../heatmap/element.ts";
import { CellLiveEvent, type CellOpenEvent, type LayerHeatmap } from "../heatmap/element.ts";
import { breakable } from "../shared/names.ts";
import type { InversionPlace } from "./place.ts";
import { segment } from "./segment.ts";
import type { SideName } from "./sides.ts";

export interface MapsOptions {
  readonly maps: readonly LayerMaps[];
  readonly sides: readonly SideName[];
  readonly place: InversionPlace;
  readonly trusted: readonly boolean[];
  go(to: Partial<InversionPlace>): void;
}

/** The chosen pair's maps; nothing where none were asked for. */
export function layerMaps({ maps, sides, place, trusted, go }: MapsOptions): TemplateResult | typeof nothing {
  const map = maps[place.map] ?? maps[0];
  if (map === undefined) return nothing;
  const [a, b] = map.models;
  const inverting = place.isSecond ? b : a;
  const kind = place.isBiased ? "biased" : "unbiased";
  const values = { natural: map.natural[kind], inverted: map.inverted[place.isSecond ? 1 : 0][kind] };
  const axes = { map, sides, isBiased: place.isBiased };
  const natural = mapData(values.natural, values.inverted, "on natural data", axes);
  const inverted = mapData(values.inverted, values.natural, `on what ${sides[inverting]?.name} uses`, axes);
  const open = (event: CellOpenEvent): void => go({ cell: event.cell });
  const heatmap = (data: HeatmapData): TemplateResult => html`<layer-heatmap
    .data=${data}
    .maximumHeight=${520}
    .selected=${place.cell}
    @cell-open=${open}
    @cell-live=${link}
  ></layer-heatmap>`;
  return html`<section class="maps" aria-label="Layers">
    <div class="heading">
      <h2>Layers</h2>
      ${maps.length > 1 ? pairChoice(maps, sides, place, go) : nothing}
      ${
        a === b
          ? nothing
          : html`<div class="segments" role="radiogroup" aria-label="Whose inversions">
              ${segment(html`What <b>${sides[a]?.name}</b> uses`, !place.isSecond, () => go({ isSecond: false }))}
              ${segment(html`What <b>${sides[b]?.name}</b> uses`, place.isSecond, () => go({ isSecond: true }))}
            </div>`
      }
    </div>
    <div class="two">
      <figure><figcaption><b>On natural data</b></figcaption>${heatmap(natural)}</figure>
      <figure><figcaption><b>On what <span class="name">${sides[inverting]?.name}</span> uses</b>${trusted[inverting] === true ? nothing : html` <span class="caution">not trustworthy</span>`}</figcaption>${heatmap(inverted)}</figure>
    </div>
    <p class="difference" role="status">${difference(natural, inverted, place.cell)}</p>
  </section>`;
}

/** A live cell is live in both: that of the other is marked. */
function link(event: Event): void {
  if (!(event instanceof CellLiveEvent)) return;
  const own = event.currentTarget as LayerHeatmap;
  for (const other of own.closest(".two")?.querySelectorAll("layer-heatmap") ?? []) {
    if (other !== own) other.linked = event.cell;
  }
}

function pairChoice(
  maps: readonly LayerMaps[],
  sides: readonly SideName[],
  place: InversionPlace,
  go: MapsOptions["go"],
): TemplateResult {
  return html`<label class="choice"><span>Models</span>
    <select aria-label="Models" @change=${(event: Event) => go({ map: Number((event.target as HTMLSelectElement).value), isSecond: false })}>
      ${maps.map(({ models: [a, b] }, i) => html`<option value=${i} .selected=${i === place.map}>${sides[a]?.name} × ${sides[b]?.name}</option>`)}
    </select></label>`;
}

function difference(natural: HeatmapData, inverted: HeatmapData, cell: CellIndex | undefined): TemplateResult | string {
  if (cell === undefined) return "Point at a cell to see it in both; choose one to keep it.";
  const [from, to] = [valueAt(natural.values, cell), valueAt(inverted.values, cell)];
  const by = from === null || to === null ? "" : ` (${to >= from ? "+" : ""}${measureValue(to - from)})`;
  return html`<b>${breakable(natural.rows.names[cell.row] ?? "")}</b> × <b>${breakable(natural.columns.names[cell.column] ?? "")}</b>:
    ${measureValue(from)} on natural data, ${measureValue(to)} on what it uses${by}`;
}

const made = new WeakMap<Matrix, HeatmapData>();

interface Axes {
  readonly map: LayerMaps;
  readonly sides: readonly SideName[];
  readonly isBiased: boolean;
}

/** The same two matrices give the same object, so that nothing is painted twice. */
function mapData(values: Matrix, beside: Matrix, where: string, { map, sides, isBiased }: Axes): HeatmapData {
  const known = made.get(values);
  if (known?.beside === beside) return known;
  const axis = (model: number, names: readonly string[]) => ({
    title: `${sides[model]?.mark} ${sides[model]?.name}`,
    names,
    labels: axisLabels(names),
  });
  const data: HeatmapData = {
    title: `CKA ${where}`,
    rows: axis(map.models[0], map.rows),
    columns: axis(map.models[1], map.columns),
    values,
    low: undefined,
    high: undefined,
    scale: scaleOf(`cka.linear.${isBiased ? "biased" : "unbiased"}`, { kind: "similarity", range: "", values }),
    beside,
    best: undefined,
  };
  made.set(values, data);
  return data;
}
