/** Paints the cells: colours, gaps, hatching where a value is undefined, stages, values and best matches. */
import { colourAt, palettes, takesDarkInk } from "../../src/core/report/colour.ts";
import { measureValue } from "../../src/core/report/format.ts";
import { position } from "../../src/core/report/scale.ts";
import type { Theme } from "../shared/theme.ts";
import { type HeatmapData, valueAt } from "./data.ts";
import type { Geometry } from "./geometry.ts";

/** Cells at least this wide carry a mark, are set apart by a gap, carry their value. */
export const markFrom = 5;
const gapFrom = 9;
const valueFrom = 29;

/** Nothing less keeps a contrast of 4.5 on every colour of the scale. */
const darkInk = "#000000";
const lightInk = "#ffffff";

/** Paints the part of the matrix in sight; `image` is its {@link cellImage}, one pixel per cell. */
export function paintCells(
  context: CanvasRenderingContext2D,
  data: HeatmapData,
  image: CanvasImageSource,
  geometry: Geometry,
  theme: Theme,
): void {
  const { plot } = geometry;
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  paintColours(context, data, image, geometry);
  paintUndefined(context, data, geometry, theme);
  if (geometry.cell >= gapFrom) paintGaps(context, data, geometry, theme);
  paintStages(context, data, geometry, theme);
  if (geometry.cell >= valueFrom) paintValues(context, data, geometry, theme);
  if (geometry.cell >= markFrom) paintBest(context, data, geometry, theme);
  context.restore();
}

function paintColours(
  context: CanvasRenderingContext2D,
  data: HeatmapData,
  image: CanvasImageSource,
  geometry: Geometry,
): void {
  const [left, top] = [geometry.columnEdge(0), geometry.rowEdge(0)];
  context.imageSmoothingEnabled = false;
  const width = geometry.columnEdge(data.columns.names.length) - left;
  context.drawImage(image, left, top, width, geometry.rowEdge(data.rows.names.length) - top);
}

/** Runs of undefined cells are hatched as one, so that a dead layer reads as one band. */
function paintUndefined(
  context: CanvasRenderingContext2D,
  { values }: HeatmapData,
  geometry: Geometry,
  theme: Theme,
): void {
  const [firstColumn, endColumn] = geometry.columnsInSight();
  context.beginPath();
  for (const row of between(geometry.rowsInSight())) {
    for (let column = firstColumn; column < endColumn; column++) {
      if (values[row]?.[column] !== null) continue;
      const from = column;
      while (column < endColumn && values[row]?.[column] === null) column++;
      const [x, y] = [geometry.columnEdge(from), geometry.rowEdge(row)];
      context.rect(x, y, geometry.columnEdge(column) - x, geometry.rowEdge(row + 1) - y);
    }
  }
  context.fillStyle = theme.paper;
  context.fill();
  const hatch = hatching(context, theme);
  if (hatch === null) return;
  context.fillStyle = hatch;
  context.fill();
}

/** A repeating tile of diagonal lines, drawn in device pixels. */
function hatching(context: CanvasRenderingContext2D, theme: Theme): CanvasPattern | null {
  const side = 12;
  const tile = document.createElement("canvas");
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext("2d")!;
  pen.strokeStyle = theme.isHighContrast ? theme.ink : theme.dim;
  pen.globalAlpha = theme.isHighContrast ? 0.9 : 0.45;
  pen.lineWidth = 1.6;
  for (const offset of [-side, 0, side]) {
    pen.moveTo(offset - 2, side + 2);
    pen.lineTo(offset + side + 2, -2);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  const scale = context.getTransform().a;
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

function paintGaps(context: CanvasRenderingContext2D, data: HeatmapData, geometry: Geometry, theme: Theme): void {
  const { plot } = geometry;
  const hair = geometry.cell >= 20 ? 1 : 1 / context.getTransform().a;
  context.fillStyle = theme.paper;
  const [firstRow, endRow] = geometry.rowsInSight();
  const [firstColumn, endColumn] = geometry.columnsInSight();
  for (let row = Math.max(1, firstRow); row < Math.min(endRow + 1, data.rows.names.length); row++) {
    context.fillRect(plot.x, geometry.rowEdge(row) - hair, plot.width, hair);
  }
  for (let column = Math.max(1, firstColumn); column < Math.min(endColumn + 1, data.columns.names.length); column++) {
    context.fillRect(geometry.columnEdge(column) - hair, plot.y, hair, plot.height);
  }
}

/** A line of paper between stages, wide enough to see at any size and thin enough to leave the cells alone. */
function paintStages(context: CanvasRenderingContext2D, data: HeatmapData, geometry: Geometry, theme: Theme): void {
  const { plot, cell } = geometry;
  const hasGaps = cell >= gapFrom;
  const width = hasGaps ? Math.min(3, cell / 5) : 1 / context.getTransform().a;
  context.fillStyle = theme.paper;
  context.globalAlpha = hasGaps || theme.isHighContrast ? 1 : 0.6;
  for (const row of boundaries(data.rows)) {
    context.fillRect(plot.x, geometry.rowEdge(row) - width, plot.width, width);
  }
  for (const column of boundaries(data.columns)) {
    context.fillRect(geometry.columnEdge(column) - width, plot.y, width, plot.height);
  }
  context.globalAlpha = 1;
}

/** Where stages begin or end, the axis' own ends left out. */
export function boundaries({ labels, names }: HeatmapData["rows"]): ReadonlySet<number> {
  const edges = labels.stages.flatMap(({ from, to }) => [from, to]);
  return new Set(edges.filter((edge) => edge > 0 && edge < names.length));
}

function paintValues(context: CanvasRenderingContext2D, data: HeatmapData, geometry: Geometry, theme: Theme): void {
  context.font = `${Math.min(12.5, Math.max(10, geometry.cell * 0.3))}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const row of between(geometry.rowsInSight())) {
    for (const column of between(geometry.columnsInSight())) {
      const value = valueAt(data.values, { row, column });
      if (value === null) continue;
      const box = geometry.box({ row, column });
      context.fillStyle = inkOn(data, value, theme);
      context.fillText(short(value), box.x + box.width / 2, box.y + box.height / 2 + 0.5);
    }
  }
}

/** A dot on the column most alike in each row: in the cell's middle, or in its corner where the value stands there. */
function paintBest(context: CanvasRenderingContext2D, data: HeatmapData, geometry: Geometry, theme: Theme): void {
  const hasValue = geometry.cell >= valueFrom;
  for (const row of between(geometry.rowsInSight())) {
    const column = data.best?.[row];
    const value = column === null || column === undefined ? null : valueAt(data.values, { row, column });
    if (value === null) continue;
    const { x, y, width, height } = geometry.box({ row, column: column! });
    const [across, down] = hasValue ? [width - 7, 6] : [(width - 1) / 2, (height - 1) / 2];
    context.beginPath();
    context.fillStyle = inkOn(data, value, theme);
    context.arc(x + across, y + down, Math.max(1, Math.min(2.5, width / 7)), 0, 2 * Math.PI);
    context.fill();
  }
}

function inkOn(data: HeatmapData, value: number, { ground }: Theme): string {
  return takesDarkInk(colourAt(palettes[ground], position(data.scale, value))) ? darkInk : lightInk;
}

/** `.83`, `−.04`, `1.00`: cells have no room for a zero that says nothing. */
function short(value: number): string {
  const text = measureValue(value, 2);
  return text.length > 4 && !text.startsWith("−")
    ? text.slice(0, 4).replace(/^0/, "")
    : text.replace(/^(−?)0\./, "$1.");
}

function* between([from, to]: readonly [number, number]): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
