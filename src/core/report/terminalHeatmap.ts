/** A layer × layer matrix in characters: one line per row, with the layer's own value and interval at its end. */
import { alignByDepth } from "./alignment.ts";
import { interval, measureValue, middle } from "./format.ts";
import { axisLabels, layerName } from "./labels.ts";
import type { ComparedPair } from "./pairs.ts";
import type { MeasureMatrix } from "./report.ts";
import { position, type Scale, scaleOf } from "./scale.ts";
import { dim, onScale, plain, type Terminal, wrap } from "./terminal.ts";

/** Longest row label, and room for `1.00  0.98 to 1.00` at a line's end. */
const labelWidth = 20;
const endWidth = 22;
const mostRows = 48;

/** The picture's lines; the header names both axes. */
export function terminalHeatmap(pair: ComparedPair, id: string, matrix: MeasureMatrix, terminal: Terminal): string[] {
  const scale = scaleOf(id, matrix);
  const alignment = alignByDepth(pair, matrix);
  const partner = new Map(alignment.cells.map(({ row, column }) => [row, column]));
  const labels = axisLabels(matrix.rows.map(plain));
  const names = matrix.rows.map((_, row) => middle(layerName(labels, row), labelWidth));
  const margin = Math.max(...names.map((name) => name.length), 4) + 1;
  const room = terminal.width - margin - endWidth;
  const { every, cell } = fit(matrix.columns.length, room);
  const rowEvery = Math.max(every, Math.ceil(matrix.rows.length / mostRows));
  const shownColumns = everyNth(matrix.columns.length, every);

  const lines = everyNth(matrix.rows.length, rowEvery).map((r) => {
    const row = matrix.values[r] ?? [];
    const cells = shownColumns.map((c) => cellText(row[c] ?? null, scale, cell, terminal)).join("");
    const column = partner.get(r);
    const end = column === undefined ? "" : endText(matrix, r, column, terminal);
    return `${names[r]!.padEnd(margin)}${cells}  ${end}`.trimEnd();
  });
  const ends = alignment.by === "name" ? "same layer" : "best match";
  const head = `${"A ↓".padEnd(margin)}${"B →".padEnd(shownColumns.length * cell)}  ${ends}`;
  const notes = [legend(scale, terminal), thinned(every, rowEvery)].filter((note) => note !== "");
  const wrapped = notes.flatMap((note) => wrap(note, terminal.width));
  return [dim(terminal, head), ...lines, ...wrapped.map((note) => dim(terminal, note))];
}

/** How wide a cell may be, and how many layers have to be left out between two that are shown. */
function fit(layers: number, room: number): { every: number; cell: number } {
  for (const cell of [4, 2, 1]) if (layers * cell <= room) return { every: 1, cell };
  return { every: Math.ceil(layers / Math.max(8, room)), cell: 1 };
}

function cellText(value: number | null, scale: Scale, width: number, terminal: Terminal): string {
  if (value === null) return (width === 4 ? "   ·" : "·").padEnd(width);
  const at = position(scale, value);
  const hundredths = Math.round(value * 100).toString();
  const text = width === 4 ? hundredths.replace("-", "−").slice(0, 4).padStart(4) : tenth(at).padEnd(width);
  if (!terminal.colour) return text;
  return onScale(at, width === 4 ? text : " ".repeat(width));
}

/** One character for a position on the scale: tenths, `█` from 0.95 up, `-` below 0. */
function tenth(at: number): string {
  if (at < -0.005) return "-";
  return at >= 0.95 ? "█" : Math.max(0, Math.floor(at * 10)).toString();
}

function endText(matrix: MeasureMatrix, row: number, column: number, terminal: Terminal): string {
  const ends = interval(matrix.low?.[row]?.[column], matrix.high?.[row]?.[column]);
  const value = measureValue(matrix.values[row]?.[column]);
  return ends === "" ? value : `${value.padEnd(5)}  ${dim(terminal, ends)}`;
}

function legend(scale: Scale, terminal: Terminal): string {
  if (terminal.colour) return "";
  return `${scale.unlike} ${scale.unlikeMeans}, ${scale.alike} ${scale.alikeMeans}; · undefined`;
}

function thinned(columnsEvery: number, rowsEvery: number): string {
  if (columnsEvery === 1 && rowsEvery === 1) return "";
  return `Shown: every ${ordinal(rowsEvery)} layer of A, every ${ordinal(columnsEvery)} of B. The whole matrix is in --json, --csv and --html.`;
}

function ordinal(n: number): string {
  const ending = new Map([
    [1, "single"],
    [2, "2nd"],
    [3, "3rd"],
  ]).get(n);
  return ending ?? `${n}th`;
}

function everyNth(length: number, every: number): number[] {
  return Array.from({ length: Math.ceil(length / every) }, (_, i) => i * every);
}
