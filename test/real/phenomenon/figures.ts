import { encode } from "fast-png";
import { colourAt, cssColour, palettes, takesDarkInk } from "../../../src/core/report/colour.ts";
import { imageSize } from "./networks.ts";
import type { Similarities } from "./similarity.ts";

/** Pictures of a study, on light paper in the colours of the heatmaps. */

const [paper, ink, dim] = ["#ffffff", "#1f2024", "#5c5e66"];
const palette = palettes.light;
const cell = 40;
const nameRoom = 104;
const gap = 28;

export interface Panel {
  readonly title: string;
  readonly below: string;
  readonly values: Similarities;
}

/** Matrices side by side with one set of names; `robust` networks come first, and a line parts them from the others. */
export function matrixFigure(panels: readonly Panel[], names: readonly string[], robust: number, rows: string): string {
  const side = names.length * cell;
  const width = nameRoom + panels.length * (side + gap);
  const [top, foot] = [44, 118];
  const height = top + side + foot;
  const text = (x: number, y: number, what: string, style: string) => `<text x="${x}" y="${y}" ${style}>${what}</text>`;
  const parts = panels.map(({ title, below, values }, p) => {
    const left = nameRoom + p * (side + gap);
    const cells = values.flatMap((row, i) =>
      row.map((value, j) => {
        const colour = colourAt(palette, value);
        const [x, y] = [left + j * cell, top + i * cell];
        const on = takesDarkInk(colour) ? ink : paper;
        return `<rect x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" fill="${cssColour(colour)}"/>${text(x + cell / 2, y + cell / 2 + 4, value.toFixed(2), `text-anchor="middle" font-size="11" fill="${on}"`)}`;
      }),
    );
    const line = top + robust * cell - 0.5;
    const columns = names.map(
      (name, j) =>
        `<text transform="translate(${left + (j + 0.5) * cell + 4} ${top + side + 8}) rotate(-90)" text-anchor="end" fill="${dim}">${name}</text>`,
    );
    return [
      text(left, 20, title, `font-size="14" font-weight="600" fill="${ink}"`),
      text(left, 36, below, `fill="${dim}"`),
      ...cells,
      robust > 0
        ? `<path d="M${left} ${line}h${side}M${left + robust * cell - 0.5} ${top}v${side}" stroke="${ink}" stroke-width="1.5"/>`
        : "",
      ...columns,
    ].join("");
  });
  const labels = names.map((name, i) =>
    text(nameRoom - 8, top + (i + 0.5) * cell + 4, name, `text-anchor="end" fill="${ink}"`),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11.5">`,
    `<title>${panels.map(({ title }) => title).join(", ")}</title>`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    text(nameRoom - 8, 36, rows, `text-anchor="end" fill="${dim}"`),
    ...labels,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** Rows of images with a name before each, as a page that a browser takes a picture of. */
export interface Strip {
  readonly name: string;
  /** Each C × H × W, 3 × 32 × 32, in [0, 1]. */
  readonly images: readonly Float32Array[];
  /** Whether some room is left before this row. */
  readonly apart: boolean;
}

export function sheetPage(strips: readonly Strip[], scale: number): string {
  const side = 32 * scale;
  const rows = strips.map(({ name, images, apart }) => {
    const pictures = images
      .map((image) => `<img width="${side}" height="${side}" src="${dataAddress(image)}">`)
      .join("");
    return `<div class="row${apart ? " apart" : ""}"><span>${name}</span>${pictures}</div>`;
  });
  return `<!doctype html><style>
    body { margin: 0; background: ${paper}; color: ${ink}; font: 13px system-ui, sans-serif; }
    main { display: inline-block; padding: 8px 10px; }
    .row { display: flex; gap: 3px; align-items: center; margin-top: 3px; }
    .apart { margin-top: 12px; }
    span { width: 104px; padding-right: 8px; text-align: right; }
    img { image-rendering: pixelated; display: block; }
  </style><main>${rows.join("")}</main>`;
}

function dataAddress(image: Float32Array): string {
  const data = new Uint8Array(imageSize);
  for (let i = 0; i < imageSize; i++) {
    data[i] = Math.round(255 * Math.min(1, Math.max(0, image[(i % 3) * 1024 + Math.floor(i / 3)]!)));
  }
  const png = encode({ width: 32, height: 32, channels: 3, depth: 8, data });
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}
