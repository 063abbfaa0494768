/**
 * One matrix as an SVG figure: cells, names, legend, and under it what the numbers rest on, so that the figure keeps its
 * meaning when it is pasted somewhere else. Cells of one colour are one path: 200 × 200 stay under a megabyte.
 */
import { bestMatches } from "./alignment.ts";
import { colourAt, cssColour, type Ground, palettes, tailEnd, takesDarkInk } from "./colour.ts";
import { measureValue, middle, shortDigest } from "./format.ts";
import { type AxisLabels, axisLabels } from "./labels.ts";
import type { ComparedPair } from "./pairs.ts";
import type { MeasureMatrix, Report } from "./report.ts";
import { measureTitle, position, type Scale, scaleOf } from "./scale.ts";

/** Sides of the picture in SVG's user units, which are pixels unless it is scaled. */
const plotSide = 640;
const [smallestCell, largestCell] = [3, 34];
const textSize = 11;
/** Mean advance of a character, in widths of the text size: fonts differ, and room is cheap. */
const advance = 0.58;
const boldAdvance = 0.66;
const noteSize = 10;
const nameFrom = 10;
const valueFrom = 26;
const longestName = 28;
const margin = 16;
const legendHeight = 46;

interface Ink {
  readonly paper: string;
  readonly ink: string;
  readonly dim: string;
}

const inks: Readonly<Record<Ground, Ink>> = {
  light: { paper: "#ffffff", ink: "#1f2024", dim: "#5c5e66" },
  dark: { paper: "#18191c", ink: "#e4e4e1", dim: "#a3a5ad" },
};

/**
 * The figure as text, to be written in UTF-8. Empty where the pair does not hold the measure.
 *
 * @param ground whether the figure stands on light or on dark paper.
 */
export function heatmapSvg(report: Report, pair: ComparedPair, id: string, ground: Ground = "light"): string {
  const matrix = pair.measures.get(id);
  if (matrix === undefined) return "";
  const figure = layout(matrix);
  const ink = inks[ground];
  const scale = scaleOf(id, matrix);
  const title = `${measureTitle(id)}: A ${pair.nameA} × B ${pair.nameB}`;
  const width = Math.max(figure.left + figure.plotWidth + margin, 420);
  const notes = origin(report, pair, matrix).flatMap((note) =>
    wrapped(note, (width - 2 * margin) / (noteSize * advance)),
  );
  const height = figure.top + figure.plotHeight + legendHeight + notes.length * 15 + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="${textSize}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(`Rows: layers of A. Columns: layers of B. ${matrix.convention}`)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${ink.paper}"/>`,
    `<text x="${margin}" y="${margin + 8}" fill="${ink.ink}" font-size="13" font-weight="600">${escaped(middle(title, Math.floor((width - 2 * margin) / (13 * boldAdvance))))}</text>`,
    cells(matrix, scale, figure, ground),
    marks(matrix, scale, figure, ground),
    names(figure.rows, figure, ink, "rows"),
    names(figure.columns, figure, ink, "columns"),
    legend(scale, matrix, figure, ink, ground),
    ...notes.map((note, i) => {
      const y = figure.top + figure.plotHeight + legendHeight + 8 + i * 15;
      return `<text x="${margin}" y="${y}" fill="${ink.dim}" font-size="${noteSize}">${escaped(note)}</text>`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

interface AxisLayout {
  readonly labels: AxisLabels;
  readonly length: number;
  /** Room for the names of layers; 0 where the cells are too small for them. */
  readonly layerRoom: number;
  readonly stageRoom: number;
}

interface Figure {
  readonly rows: AxisLayout;
  readonly columns: AxisLayout;
  readonly cell: number;
  readonly left: number;
  readonly top: number;
  readonly plotWidth: number;
  readonly plotHeight: number;
}

function layout(matrix: MeasureMatrix): Figure {
  const most = Math.max(matrix.rows.length, matrix.columns.length, 1);
  const cell = Math.min(largestCell, Math.max(smallestCell, Math.floor(plotSide / most)));
  const [rows, columns] = [axis(matrix.rows, cell), axis(matrix.columns, cell)];
  return {
    rows,
    columns,
    cell,
    left: margin + rows.layerRoom + rows.stageRoom,
    top: margin + 20 + columns.layerRoom + columns.stageRoom,
    plotWidth: cell * matrix.columns.length,
    plotHeight: cell * matrix.rows.length,
  };
}

function axis(all: readonly string[], cell: number): AxisLayout {
  const labels = axisLabels(all);
  const room = (texts: readonly string[], width = advance) =>
    Math.ceil(texts.reduce((w, each) => Math.max(w, Math.min(each.length, longestName)), 0) * textSize * width) + 10;
  const stages = labels.stages.filter(({ isModule }) => isModule).map(({ label }) => label);
  return {
    labels,
    length: all.length,
    layerRoom: cell >= nameFrom || stages.length === 0 ? room(labels.short) : 0,
    stageRoom: stages.length === 0 ? 0 : room(stages, boldAdvance),
  };
}

/** One path per colour, each cell a closed square. */
function cells(matrix: MeasureMatrix, scale: Scale, { cell, left, top }: Figure, ground: Ground): string {
  const gap = cell >= 9 ? 1 : 0;
  const paths = new Map<string, string[]>();
  for (const [r, row] of matrix.values.entries()) {
    for (const [c, value] of row.entries()) {
      const colour = value === null ? "none" : cssColour(colourAt(palettes[ground], position(scale, value)));
      const side = cell - gap;
      const square = `M${left + c * cell} ${top + r * cell}h${side}v${side}h-${side}z`;
      const same = paths.get(colour);
      if (same === undefined) paths.set(colour, [square]);
      else same.push(square);
    }
  }
  const { dim } = inks[ground];
  return [...paths]
    .map(([colour, squares]) =>
      colour === "none"
        ? `<path fill="none" stroke="${dim}" stroke-width="0.5" stroke-dasharray="2 2" d="${squares.join("")}"/>`
        : `<path fill="${colour}" shape-rendering="crispEdges" d="${squares.join("")}"/>`,
    )
    .join("\n");
}

/** Values where they fit, and a dot on the best match of each row where it can be seen. */
function marks(matrix: MeasureMatrix, scale: Scale, { cell, left, top }: Figure, ground: Ground): string {
  if (cell < 6) return "";
  const inkOn = (value: number) =>
    takesDarkInk(colourAt(palettes[ground], position(scale, value))) ? "#000000" : "#ffffff";
  const best = bestMatches(matrix);
  return matrix.values
    .flatMap((row, r) =>
      row.flatMap((value, c) => {
        if (value === null) return [];
        const [x, y] = [left + c * cell, top + r * cell];
        const parts: string[] = [];
        const hasValue = cell >= valueFrom;
        if (hasValue) {
          parts.push(
            `<text x="${x + cell / 2}" y="${y + cell / 2 + 3.5}" text-anchor="middle" font-size="10" fill="${inkOn(value)}">${measureValue(value)}</text>`,
          );
        }
        if (best[r] === c) {
          const [cx, cy] = hasValue ? [x + cell - 5, y + 4.5] : [x + (cell - 1) / 2, y + (cell - 1) / 2];
          parts.push(`<circle cx="${cx}" cy="${cy}" r="${Math.min(2, cell / 7).toFixed(1)}" fill="${inkOn(value)}"/>`);
        }
        return parts;
      }),
    )
    .join("");
}

/** Layers beside their cells, and stages beside the layers (or in their place), at the first layer of each. */
function names(along: AxisLayout, { cell, left, top }: Figure, ink: Ink, which: "rows" | "columns"): string {
  const write = (index: number, distance: number, label: string, style: string): string => {
    const at = (which === "rows" ? top : left) + (index + 0.5) * cell;
    const shown = escaped(middle(label, longestName));
    return which === "rows"
      ? `<text x="${left - distance}" y="${at + 3.5}" text-anchor="end" ${style}>${shown}</text>`
      : `<text transform="translate(${at + 3.5} ${top - distance}) rotate(-90)" ${style}>${shown}</text>`;
  };
  const every = Math.max(1, Math.ceil(nameFrom / cell));
  const layers =
    along.layerRoom === 0
      ? []
      : along.labels.short.map((label, i) => (i % every === 0 ? write(i, 6, label, `fill="${ink.dim}"`) : ""));
  const stages: string[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const { label, isModule, from, to } of along.labels.stages) {
    const index = along.layerRoom === 0 ? (from + to - 1) / 2 : from;
    if (!isModule || index * cell < free) continue;
    stages.push(write(index, along.layerRoom + 6, label, `fill="${ink.ink}" font-weight="600"`));
    free = index * cell + textSize;
  }
  return [...layers, ...stages].join("");
}

function legend(scale: Scale, { values }: MeasureMatrix, figure: Figure, ink: Ink, ground: Ground): string {
  const { top, plotHeight, left } = figure;
  const [y, width, height, stops] = [top + plotHeight + 14, 160, 10, 32];
  const step = width / stops;
  const ramp = Array.from({ length: stops }, (_, i) => {
    const colour = cssColour(colourAt(palettes[ground], i / (stops - 1)));
    return `<rect x="${left + i * step}" y="${y}" width="${step + 0.5}" height="${height}" fill="${colour}"/>`;
  });
  const end = (value: number) => String(Number(value.toFixed(2)));
  const label = (x: number, anchor: string, text: string) =>
    `<text x="${x}" y="${y + height + 13}" text-anchor="${anchor}" fill="${ink.dim}" font-size="${noteSize}">${escaped(text)}</text>`;
  const hasTail = scale.unlike === 0 && values.some((row) => row.some((value) => value !== null && value < 0));
  const tail = cssColour(colourAt(palettes[ground], -tailEnd));
  return [
    ...ramp,
    label(left, "start", `${end(scale.unlike)} ${scale.unlikeMeans}`),
    label(left + width, "start", `${end(scale.alike)} ${scale.alikeMeans}`),
    ...(hasTail
      ? [
          `<rect x="${left + width + 16}" y="${y}" width="${height}" height="${height}" fill="${tail}"/>`,
          `<text x="${left + width + 32}" y="${y + 9}" fill="${ink.dim}" font-size="${noteSize}">below 0: less than by chance</text>`,
        ]
      : []),
  ].join("");
}

/** Lines of at most so many characters, broken between words. */
function wrapped(text: string, length: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > length) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function origin(report: Report, pair: ComparedPair, matrix: MeasureMatrix): string[] {
  const batch = matrix.batch === undefined ? "" : ` of ${matrix.batch}`;
  const { probe } = report;
  const probeText =
    probe === undefined ? "" : `; probe ${shortDigest(probe.digest)}${probe.synthetic ? " (synthetic images)" : ""}`;
  return [
    `n ${matrix.samples}, ${matrix.estimator}${batch}${probeText}; ${matrix.convention}`,
    `A ${shortDigest(pair.modelA.digest)}, B ${shortDigest(pair.modelB.digest)}; ${report.created.slice(0, 10)}, Likeness ${report.version}`,
  ];
}

/** Text for XML 1.0, which has no place for control characters and half surrogate pairs, escaped or not. */
function escaped(text: string): string {
  const entities = new Map([
    ["&", "&amp;"],
    ["<", "&lt;"],
    [">", "&gt;"],
    ['"', "&quot;"],
  ]);
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities.get(character)!);
}
