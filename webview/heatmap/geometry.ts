/** Where the cells lie: pure arithmetic in CSS pixels, with edges on whole device pixels so that nothing blurs. */
import type { CellIndex } from "./data.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room that a heatmap is given, in CSS pixels. */
export interface Room {
  readonly width: number;
  readonly maximumHeight: number;
  /** Kept free for labels, left of the cells and above them. */
  readonly left: number;
  readonly top: number;
  readonly pixelRatio: number;
}

/** The part of the matrix in sight: its first row and column (fractions are allowed) and the enlargement. */
export interface View {
  readonly row: number;
  readonly column: number;
  /** 1 shows everything. */
  readonly zoom: number;
}

export const wholeView: View = { row: 0, column: 0, zoom: 1 };

/** A cell is never larger than this unless enlarged, nor larger than {@link largestZoomed} then. */
export const largestCell = 72;
const largestZoomed = 84;
/** From this size on, cells share one whole number of device pixels. */
const evenFrom = 6;

/** A laid-out heatmap. */
export class Geometry {
  /** The window onto the cells. */
  readonly plot: Box;
  /** Side of a cell. */
  readonly cell: number;
  readonly view: View;
  readonly #size: Size;
  readonly #ratio: number;

  constructor(size: Size, room: Room, view: View) {
    const [width, height] = [room.width - room.left - 1, room.maximumHeight - room.top - 1];
    const fitted = fit(size, Math.max(1, width), Math.max(1, height), room.pixelRatio);
    this.#size = size;
    this.#ratio = room.pixelRatio;
    this.plot = { x: room.left, y: room.top, width: fitted * size.columns, height: fitted * size.rows };
    const zoom = Math.min(Math.max(1, view.zoom), largestZoom(fitted));
    this.cell = fitted * zoom;
    this.view = {
      zoom,
      row: clamp(view.row, 0, size.rows - this.plot.height / this.cell),
      column: clamp(view.column, 0, size.columns - this.plot.width / this.cell),
    };
  }

  /** Height of the labels and the cells. */
  get height(): number {
    return Math.ceil(this.plot.y + this.plot.height) + 1;
  }

  /** Left edge of a column; the right edge of the one before it. */
  columnEdge(column: number): number {
    return this.#snap(this.plot.x + (column - this.view.column) * this.cell);
  }

  /** Top edge of a row. */
  rowEdge(row: number): number {
    return this.#snap(this.plot.y + (row - this.view.row) * this.cell);
  }

  box({ row, column }: CellIndex): Box {
    const [x, y] = [this.columnEdge(column), this.rowEdge(row)];
    return { x, y, width: this.columnEdge(column + 1) - x, height: this.rowEdge(row + 1) - y };
  }

  /** First row in sight and the one after the last. */
  rowsInSight(): readonly [number, number] {
    const { row } = this.view;
    return [Math.floor(row), Math.min(this.#size.rows, Math.ceil(row + this.plot.height / this.cell))];
  }

  columnsInSight(): readonly [number, number] {
    const { column } = this.view;
    return [Math.floor(column), Math.min(this.#size.columns, Math.ceil(column + this.plot.width / this.cell))];
  }

  /** The cell under a point; none outside the plot. */
  cellAt(x: number, y: number): CellIndex | undefined {
    const { plot, view } = this;
    if (x < plot.x || y < plot.y || x >= plot.x + plot.width || y >= plot.y + plot.height) return undefined;
    const row = Math.floor((y - plot.y) / this.cell + view.row);
    const column = Math.floor((x - plot.x) / this.cell + view.column);
    return row < this.#size.rows && column < this.#size.columns ? { row, column } : undefined;
  }

  /** The view enlarged by `factor` about a point, which stays where it is. */
  zoomed(factor: number, x: number, y: number): View {
    const { plot, view, cell } = this;
    const fitted = cell / view.zoom;
    const zoom = Math.min(Math.max(1, view.zoom * factor), largestZoom(fitted));
    const [across, down] = [x - plot.x, y - plot.y];
    return {
      zoom,
      row: view.row + down / cell - down / (fitted * zoom),
      column: view.column + across / cell - across / (fitted * zoom),
    };
  }

  /** The view moved by so many pixels. */
  panned(dx: number, dy: number): View {
    return { ...this.view, row: this.view.row + dy / this.cell, column: this.view.column + dx / this.cell };
  }

  /** The nearest view in which a whole cell is in sight. */
  revealing({ row, column }: CellIndex): View {
    const { view, plot, cell } = this;
    return {
      zoom: view.zoom,
      row: clamp(view.row, row + 1 - plot.height / cell, row),
      column: clamp(view.column, column + 1 - plot.width / cell, column),
    };
  }

  get canZoomIn(): boolean {
    return this.view.zoom < largestZoom(this.cell / this.view.zoom) - 1e-6;
  }

  #snap(position: number): number {
    return Math.round(position * this.#ratio) / this.#ratio;
  }
}

function fit({ rows, columns }: Size, width: number, height: number, ratio: number): number {
  const cell = Math.min(width / columns, height / rows, largestCell);
  const pixels = cell * ratio;
  return pixels >= evenFrom ? Math.floor(pixels) / ratio : cell;
}

function largestZoom(fitted: number): number {
  return Math.max(1, largestZoomed / fitted);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
