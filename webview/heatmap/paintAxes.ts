/** Paints the names beside the cells: layers where there is room for them, and their stages. */
import { middle } from "../../src/core/report/format.ts";
import type { Theme } from "../shared/theme.ts";
import type { Axis, HeatmapData } from "./data.ts";
import type { Geometry } from "./geometry.ts";

/** Room for the names, in CSS pixels: the nearer band holds layers, the farther one stages. */
export interface AxisRoom {
  readonly layers: number;
  readonly stages: number;
}

export const labelSize = 11;
/** Distance of names from the cells, and between the two bands. */
const gap = 6;
/** The first and last names may stand out from the cells by half a line. */
const overhang = 7;
/** Names closer than this would touch. */
const lineHeight = 11.5;
/** Room that does not suffice for stages and layers. */
const narrow = 110;
const turned = -Math.PI / 2;

/**
 * How much room an axis wants, if it may take `most` pixels. Where that is little, stages are named and layers are left
 * to the live cell.
 */
export function measureAxis(context: CanvasRenderingContext2D, axis: Axis, theme: Theme, most: number): AxisRoom {
  // The live layer is written bold: room for a name is room for that.
  context.font = stageFont(theme);
  const widest = (texts: readonly string[]) =>
    texts.reduce((w, text) => Math.max(w, context.measureText(text).width), 0);
  const layers = Math.ceil(widest(axis.labels.short)) + 2 * gap;
  const named = axis.labels.stages.filter(({ isModule }) => isModule);
  if (named.length === 0) return { layers: Math.min(layers, most), stages: 0 };
  const stages = Math.ceil(widest(named.map(({ label }) => label))) + 2 * gap;
  if (most < narrow) return { layers: 0, stages: Math.min(stages, most) };
  const stageRoom = Math.min(stages, Math.max(48, most * 0.45));
  return { layers: Math.min(layers, Math.max(24, most - stageRoom)), stages: stageRoom };
}

/** Paints the names of both axes into the room measured for them. */
export function paintAxes(
  context: CanvasRenderingContext2D,
  data: HeatmapData,
  geometry: Geometry,
  room: { readonly rows: AxisRoom; readonly columns: AxisRoom },
  theme: Theme,
): void {
  const { plot } = geometry;
  const along = (edge: (index: number) => number, start: number, extent: number) => ({ edge, start, extent });
  context.save();
  context.textBaseline = "middle";
  context.beginPath();
  context.rect(0, plot.y - overhang, plot.x, plot.height + 2 * overhang);
  context.clip();
  const rows = along((row) => geometry.rowEdge(row), plot.y, plot.height);
  paintAxis(context, data.rows, rows, room.rows, geometry.rowsInSight(), theme, (at, distance, text, align) => {
    context.textAlign = align;
    context.fillText(text, plot.x - distance, at);
  });
  context.restore();

  context.save();
  context.textBaseline = "middle";
  context.beginPath();
  context.rect(plot.x - overhang, 0, plot.width + 2 * overhang, plot.y);
  context.clip();
  const columns = along((column) => geometry.columnEdge(column), plot.x, plot.width);
  paintAxis(
    context,
    data.columns,
    columns,
    room.columns,
    geometry.columnsInSight(),
    theme,
    (at, distance, text, align) => {
      context.save();
      context.translate(at, plot.y - distance);
      context.rotate(turned);
      // Turned by a quarter, what ends at the cells of a row begins at those of a column.
      context.textAlign = align === "right" ? "left" : "right";
      context.fillText(text, 0, 0);
      context.restore();
    },
  );
  context.restore();
}

interface Line {
  readonly edge: (index: number) => number;
  readonly start: number;
  readonly extent: number;
}

/** Writes a text whose end nearest the cells (`right`) or farthest from them (`left`) lies `distance` from the cells. */
type Write = (at: number, distance: number, text: string, align: "left" | "right") => void;

function paintAxis(
  context: CanvasRenderingContext2D,
  axis: Axis,
  line: Line,
  room: AxisRoom,
  [first, end]: readonly [number, number],
  theme: Theme,
  write: Write,
): void {
  const showsLayers = line.edge(first + 1) - line.edge(first) >= lineHeight - 1.5 && room.layers > 0;
  if (showsLayers) {
    context.font = layerFont(theme);
    context.fillStyle = theme.dim;
    for (let i = first; i < end; i++) {
      const at = (line.edge(i) + line.edge(i + 1)) / 2;
      write(at, gap, fitted(context, axis.labels.short[i] ?? "", room.layers - gap), "right");
    }
  }
  context.font = stageFont(theme);
  context.fillStyle = theme.ink;
  let free = Number.NEGATIVE_INFINITY;
  for (const { from, to, label, isModule } of axis.labels.stages) {
    if (!isModule || to <= first || from >= end) continue;
    const [top, bottom] = [Math.max(line.edge(from), line.start), Math.min(line.edge(to), line.start + line.extent)];
    const half = (line.edge(from + 1) - line.edge(from)) / 2;
    // Beside its layers a stage is named at its first in sight, as in an outline; without them in its middle.
    const at = showsLayers ? Math.min(top + half, line.edge(to) - half) : (top + bottom) / 2;
    if (at - free < lineHeight || bottom - top < 3) continue;
    const distance = showsLayers ? room.layers + gap : gap;
    write(at, distance, fitted(context, label, room.stages + (showsLayers ? 0 : room.layers) - gap), "right");
    free = at;
  }
}

/** A text as far as it fits into `width` pixels of the context's font, shortened in its middle. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = Math.min(text.length, 64);
  while (length > 1 && context.measureText(middle(text, length)).width > width) length--;
  return middle(text, length);
}

function layerFont({ font }: Theme): string {
  return `${labelSize}px ${font}`;
}

function stageFont({ font }: Theme): string {
  return `600 ${labelSize}px ${font}`;
}
