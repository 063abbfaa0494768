/** The matrix as a picture of one pixel per cell, made once and then enlarged by the canvas as often as needed. */
import { colourAt, palettes } from "../../src/core/report/colour.ts";
import { position } from "../../src/core/report/scale.ts";
import type { Theme } from "../shared/theme.ts";
import type { HeatmapData } from "./data.ts";

/** Undefined cells are left transparent. */
export function cellImage(data: HeatmapData, ground: Theme["ground"]): HTMLCanvasElement {
  const [rows, columns] = [data.rows.names.length, data.columns.names.length];
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  const palette = palettes[ground];
  for (let row = 0; row < rows; row++) {
    const values = data.values[row];
    for (let column = 0; column < columns; column++) {
      const value = values?.[column];
      if (value === null || value === undefined) continue;
      const [red, green, blue] = colourAt(palette, position(data.scale, value));
      const at = (row * columns + column) * 4;
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
