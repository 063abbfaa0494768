/** Paints what changes with every move of the pointer, on a canvas of its own: the live cell, its row and its column. */
import { layerName } from "../../src/core/report/labels.ts";
import type { Theme } from "../shared/theme.ts";
import type { Axis, CellIndex, HeatmapData } from "./data.ts";
import type { Box, Geometry } from "./geometry.ts";
import { fitted, labelSize } from "./paintAxes.ts";

const padding = 4;

export interface Highlights {
  readonly live: CellIndex | undefined;
  readonly selected: CellIndex | undefined;
  readonly isFocused: boolean;
}

/** Paints cross, rings and names; the canvas is empty before. */
export function paintOverlay(
  context: CanvasRenderingContext2D,
  data: HeatmapData,
  geometry: Geometry,
  { live, selected, isFocused }: Highlights,
  theme: Theme,
): void {
  const { plot } = geometry;
  context.save();
  context.beginPath();
  context.rect(plot.x - 3, plot.y - 3, plot.width + 6, plot.height + 6);
  context.clip();
  if (live !== undefined) paintCross(context, geometry, live, theme);
  if (selected !== undefined) ring(context, geometry.box(selected), theme.accent, theme.paper, 2);
  if (live !== undefined) ring(context, geometry.box(live), isFocused ? theme.accent : theme.ink, theme.paper, 1.5);
  context.restore();
  if (live !== undefined) paintNames(context, data, geometry, live, theme);
}

/** Row and column of the live cell as two pairs of hairlines, which hide no colour. */
function paintCross(context: CanvasRenderingContext2D, geometry: Geometry, live: CellIndex, theme: Theme): void {
  const { plot } = geometry;
  const box = geometry.box(live);
  context.strokeStyle = theme.ink;
  context.globalAlpha = theme.isHighContrast ? 1 : 0.55;
  context.lineWidth = 1;
  context.strokeRect(plot.x - 0.5, box.y - 0.5, plot.width, box.height);
  context.strokeRect(box.x - 0.5, plot.y - 0.5, box.width, plot.height);
  context.globalAlpha = 1;
}

function ring(context: CanvasRenderingContext2D, box: Box, colour: string, halo: string, width: number): void {
  const grow = Math.max(0, 6 - box.width) / 2;
  const [x, y] = [box.x - 0.5 - grow, box.y - 0.5 - grow];
  const [w, h] = [box.width + 2 * grow, box.height + 2 * grow];
  context.lineWidth = width + 2;
  context.strokeStyle = halo;
  context.strokeRect(x, y, w, h);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.strokeRect(x, y, w, h);
}

/** The two names on the axes, over whatever stands there. */
function paintNames(
  context: CanvasRenderingContext2D,
  data: HeatmapData,
  geometry: Geometry,
  live: CellIndex,
  theme: Theme,
): void {
  const { plot } = geometry;
  const box = geometry.box(live);
  context.font = `600 ${labelSize}px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const chip = (axis: Axis, index: number, band: number, end: "left" | "right"): void => {
    const text = nameWithin(context, axis, index, band - 2 * padding);
    const width = context.measureText(text).width + 2 * padding;
    const left = end === "left" ? 0 : band - width;
    context.fillStyle = theme.paper;
    context.fillRect(0, -14, band, 28);
    context.fillStyle = theme.ink;
    context.fillRect(left, -8, width, 16);
    context.fillStyle = theme.paper;
    context.fillText(text, left + padding, 0.5);
  };
  context.save();
  context.translate(0, box.y + box.height / 2);
  chip(data.rows, live.row, plot.x - 3, "right");
  context.restore();
  context.save();
  context.translate(box.x + box.width / 2, plot.y - 3);
  context.rotate(-Math.PI / 2);
  chip(data.columns, live.column, plot.y - 3, "left");
  context.restore();
}

/** Stage and layer where both fit, else the layer, shortened if it has to be. */
function nameWithin(context: CanvasRenderingContext2D, { labels }: Axis, index: number, room: number): string {
  const whole = layerName(labels, index);
  return context.measureText(whole).width <= room ? whole : fitted(context, labels.short[index] ?? "", room);
}
