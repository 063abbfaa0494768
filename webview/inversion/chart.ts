/** Lines over numbers, drawn as SVG that stretches with its place; words are text of the page and never stretched. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { styled } from "../shared/styled.ts";

export interface ChartLine {
  /** At its end: one letter or number. */
  readonly mark: string;
  /** Position among the lines: decides colour and dash. */
  readonly style: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartAxis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly (readonly [at: number, label: string])[];
  readonly isLogarithmic?: boolean;
}

export interface Chart {
  /** What it says, for who does not see it. */
  readonly description: string;
  readonly lines: readonly ChartLine[];
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** A level that means something, with its name. */
  readonly level?: { readonly at: number; readonly label: string };
}

export function chart({ description, lines, x, y, level }: Chart): TemplateResult {
  const across = (value: number): number => 100 * share(x, value);
  const down = (value: number): number => 100 - 100 * share(y, value);
  return html`<div class="chart" role="img" aria-label=${description}>
    <div class="plot">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        ${y.ticks.map(([at]) => svg`<line class="grid" x1="0" x2="100" y1=${down(at)} y2=${down(at)}></line>`)}
        ${level === undefined ? nothing : svg`<line class="level" x1="0" x2="100" y1=${down(level.at)} y2=${down(level.at)}></line>`}
        ${lines.map(
          ({ points, style }) =>
            svg`<polyline class="line" data-style=${style % 4} points=${points.map(([px, py]) => `${across(px).toFixed(2)},${down(py).toFixed(2)}`).join(" ")}></polyline>`,
        )}
      </svg>
      ${y.ticks.map(([at, label]) => html`<span class="tick y" ${styled({ top: percentage(down(at)) })}>${label}</span>`)}
      ${x.ticks.map(([at, label]) => html`<span class="tick x" ${styled({ left: percentage(across(at)) })}>${label}</span>`)}
      ${level === undefined ? nothing : html`<span class="tick level" ${styled({ top: percentage(down(level.at)) })}>${level.label}</span>`}
      ${endMarks(lines, across, down)}
    </div>
  </div>`;
}

/** Letters at the ends of the lines, moved apart where lines end together. */
function endMarks(
  lines: readonly ChartLine[],
  across: (x: number) => number,
  down: (y: number) => number,
): TemplateResult[] {
  const marks = lines
    .flatMap(({ mark, style, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ mark, style, left: across(last[0]), top: down(last[1]) }];
    })
    .toSorted((a, b) => a.top - b.top);
  const apart = 11;
  for (const [i, each] of marks.entries()) {
    const above = marks
      .slice(0, i)
      .filter(({ left }) => Math.abs(left - each.left) < 6)
      .at(-1);
    if (above !== undefined) each.top = Math.max(each.top, above.top + apart);
  }
  return marks.map(
    ({ mark, style, left, top }) =>
      html`<span class="mark" data-style=${style % 4} ${styled({ left: percentage(left), top: percentage(Math.min(96, top)) })}>${mark}</span>`,
  );
}

/** `12.34%` */
function percentage(value: number): string {
  return `${value.toFixed(2)}%`;
}

/** Where a value lies on its axis, from 0 to 1. */
function share({ from, to, isLogarithmic }: ChartAxis, value: number): number {
  const place = isLogarithmic ? Math.log : (v: number) => v;
  const [low, high] = [place(from), place(to)];
  return high === low ? 0 : Math.min(1, Math.max(0, (place(value) - low) / (high - low)));
}
