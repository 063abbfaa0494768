import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { colourAt, palettes } from "../../src/core/report/colour.ts";

/**
 * Draws `icon.png`, the icon in the gallery: two networks that are alike at first and part, as our own heatmap shows
 * them. `node media/icons/draw.ts`.
 */
const side = 256;
const margin = 36;
const cells = 5;
const gap = 6;
/** Radii of the tile's and the cells' corners. */
const [tileRadius, cellRadius] = [52, 7];
/** Samples per pixel and axis, against jagged edges. */
const samples = 4;

const ground = [27, 27, 36] as const;

/** Likeness of layer `i` of one network and layer `j` of the other: high along the diagonal, less and less so in depth. */
function likeness(i: number, j: number): number {
  const depth = (i + j) / (2 * (cells - 1));
  return Math.max(0.04, (1 - 0.55 * depth ** 1.5) * Math.exp(-0.55 * Math.abs(i - j) ** 1.3));
}

/** Whether a point lies in a square with rounded corners. */
function inSquare(x: number, y: number, left: number, top: number, size: number, radius: number): boolean {
  const dx = Math.abs(x - left - size / 2) - size / 2 + radius;
  const dy = Math.abs(y - top - size / 2) - size / 2 + radius;
  return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) <= radius;
}

/** Colour of a point with its opacity. */
function paint(x: number, y: number): readonly [number, number, number, number] {
  if (!inSquare(x, y, 0, 0, side, tileRadius)) return [0, 0, 0, 0];
  const pitch = (side - 2 * margin + gap) / cells;
  const [column, row] = [Math.floor((x - margin) / pitch), Math.floor((y - margin) / pitch)];
  const isCell = column >= 0 && row >= 0 && column < cells && row < cells;
  if (isCell && inSquare(x, y, margin + column * pitch, margin + row * pitch, pitch - gap, cellRadius)) {
    return [...colourAt(palettes.dark, likeness(row, column)), 1];
  }
  return [...ground, 1];
}

const data = new Uint8Array(side * side * 4);
for (let pixel = 0; pixel < side * side; pixel++) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < samples * samples; sample++) {
    const x = (pixel % side) + ((sample % samples) + 0.5) / samples;
    const y = Math.floor(pixel / side) + (Math.floor(sample / samples) + 0.5) / samples;
    const [red, green, blue, opacity] = paint(x, y);
    for (const [channel, value] of [red * opacity, green * opacity, blue * opacity, opacity].entries()) {
      sum[channel] = (sum[channel] ?? 0) + value;
    }
  }
  const [red = 0, green = 0, blue = 0, opacity = 0] = sum;
  const covered = Math.max(opacity, 1e-9);
  data.set([red / covered, green / covered, blue / covered, (255 * opacity) / samples ** 2].map(Math.round), pixel * 4);
}
writeFileSync(join(import.meta.dirname, "icon.png"), encode({ width: side, height: side, data, channels: 4 }));
