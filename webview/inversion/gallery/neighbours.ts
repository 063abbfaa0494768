/** A picture’s row in the Grams: how like each of the other pictures is to it, for each model. */
import { html, nothing, type TemplateResult } from "lit";
import { colourAt, cssColour, type Ground, palettes } from "../../../src/core/report/colour.ts";
import { measureValue } from "../../../src/core/report/format.ts";
import type { InversionReport } from "../../../src/core/report/report.ts";
import { styled } from "../../shared/styled.ts";
import type { PictureRef } from "../place.ts";
import type { SideName } from "../sides.ts";

export interface NeighboursOptions {
  readonly inversion: InversionReport;
  readonly sides: readonly SideName[];
  readonly picture: PictureRef;
  readonly ground: Ground;
  /** CSS pixels of a picture beside the others. */
  readonly size: number;
  readonly isWhole: boolean;
  address(file: string): string;
  /** Goes to another pair. */
  open(pair: number): void;
  close(): void;
}

/** Pictures that are shown of those most alike. */
const most = 8;

export function neighbours(options: NeighboursOptions): TemplateResult | typeof nothing {
  const { inversion, sides, picture, close } = options;
  const { pair, column } = picture;
  const maker = sides[column - 2];
  const what = column < 2 ? `target ${pair + 1}` : `the inversion of ${pair + 1} by ${maker?.mark} ${maker?.name}`;
  const rows = rowsOf(inversion, picture);
  return html`<section class="neighbours" role="region" aria-label=${`What is like ${what}`}>
    <header><h3>Most like ${what}</h3>
      <button class="close" aria-label="Close" title="Close (Escape)" @click=${close}>×</button></header>
    ${
      rows.length === 0
        ? html`<p class="hint">How like the pictures are to each other was not kept in this report.</p>`
        : rows.map((row, j) => neighbourRow(row, sides[j], options))
    }
  </section>`;
}

/** By model, the cosines of the picture with all others of its kind. A seed has no row; its target's is shown. */
function rowsOf({ grams }: InversionReport, { pair, column }: PictureRef): readonly (readonly (number | null)[])[] {
  const matrices = column < 2 ? grams?.natural : grams?.inverted[column - 2];
  return (matrices ?? []).flatMap((matrix) => matrix[pair] ?? []).length === 0
    ? []
    : (matrices ?? []).map((matrix) => matrix[pair] ?? []);
}

function neighbourRow(
  row: readonly (number | null)[],
  side: SideName | undefined,
  { inversion, picture, ground, size, isWhole, address, open }: NeighboursOptions,
): TemplateResult {
  const nearest = row
    .map((value, index) => ({ value: value ?? Number.NEGATIVE_INFINITY, index }))
    .filter(({ index }) => index !== picture.pair)
    .toSorted((a, b) => b.value - a.value)
    .slice(0, most);
  const fileOf = (index: number): string | undefined => {
    const files = inversion.pictures?.[index];
    return picture.column < 2 ? files?.target : files?.inversions[picture.column - 2];
  };
  return html`<div class="for-model">
    <p class="whom">to <span class="side">${side?.mark}</span><b>${side?.name}</b></p>
    <div class="all" role="img" aria-label=${`All ${row.length} pictures in order, by how like they are`} ${styled({ background: stripes(row, ground) })}></div>
    <ol>${nearest.map(({ value, index }) => {
      const file = fileOf(index);
      return html`<li><button class="picture ${isWhole ? "whole" : ""}" title=${`Go to pair ${index + 1}`} aria-label=${`Pair ${index + 1}, ${measureValue(value)}`} @click=${() => open(index)}>
        ${file === undefined ? nothing : html`<img src=${address(file)} width=${size} height=${size} alt="" crossorigin="anonymous">`}
        <span class="amount" aria-hidden="true"><span ${styled({ width: `${(100 * Math.max(0, value)).toFixed(1)}%` })}></span></span>
        <span class="value">${measureValue(value)}</span></button></li>`;
    })}</ol>
  </div>`;
}

/** A row of the Gram as bands of colour, one for each picture. */
function stripes(row: readonly (number | null)[], ground: Ground): string {
  const share = 100 / Math.max(1, row.length);
  const bands = row.map((value, i) => {
    const colour = value === null ? "transparent" : cssColour(colourAt(palettes[ground], value));
    return `${colour} ${(i * share).toFixed(3)}% ${((i + 1) * share).toFixed(3)}%`;
  });
  return `linear-gradient(to right, ${bands.join(", ")})`;
}
