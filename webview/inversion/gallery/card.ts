/** One pair: seed → target ≈ the inversion of each model, with what each model says of it. */
import { html, nothing, type TemplateResult } from "lit";
import { styled } from "../../shared/styled.ts";
import type { GalleryLayout } from "./layout.ts";
import { type GalleryPicture, type Naming, residualText } from "./pictures.ts";

export interface CardOptions {
  /** Position in the report. */
  readonly pair: number;
  /** Among the cards that are shown, from 1. */
  readonly position: number;
  readonly pictures: readonly GalleryPicture[];
  readonly layout: GalleryLayout;
  /** Address of a picture's file. */
  address(file: string): string;
  /** Where the descents are: 0 the seed, 1 the inversion. */
  readonly moment: number;
  /** Column of the picture that the keyboard is on, or whose neighbours are shown. */
  readonly focused: number | undefined;
  readonly chosen: number | undefined;
  readonly isPlaying: boolean;
  choose(column: number): void;
  focus(column: number): void;
  /** Plays this pair's descents; absent where nothing moves. */
  readonly play: (() => void) | undefined;
}

export function card(options: CardOptions): TemplateResult {
  const { pair, position, pictures, layout, isPlaying, play } = options;
  const signs = ["", "→", "≈"];
  return html`<div class="card" role="row" aria-rowindex=${position} aria-label=${`Pair ${pair + 1}`}>
    <div class="number" role="presentation"><span>${pair + 1}</span>${
      play === undefined
        ? nothing
        : html`<button class="play" tabindex="-1" title="Play this descent (Space)" aria-label=${`${isPlaying ? "Stop" : "Play"} the descents of pair ${pair + 1}`} @click=${play}>${isPlaying ? "■" : "▶"}</button>`
    }</div>
    <div class="strip" role="presentation" ${styled({ "grid-template-columns": `repeat(${layout.picturesAcross}, ${Math.max(layout.shown.width, 72)}px)` })}>
      ${pictures.map((picture, column) => figure(picture, column, column % layout.picturesAcross === 0 ? "" : (signs[column] ?? ""), options))}
    </div>
  </div>`;
}

function figure(picture: GalleryPicture, column: number, sign: string, options: CardOptions): TemplateResult {
  const { layout, moment, focused, chosen, address, pair } = options;
  const { width, height } = layout.shown;
  const { descent, namings, residual, title, description } = picture;
  const isMoving = descent !== undefined && moment < 1 && descent.steps.length > 1;
  const disagrees = namings.some(({ isOther }) => isOther);
  return html`<div class="figure ${disagrees ? "disagrees" : ""}" role="gridcell" aria-colindex=${column + 1} aria-selected=${chosen === column}>
    <button
      class="picture ${layout.isWhole ? "whole" : ""}"
      data-column=${column}
      tabindex=${focused === column ? 0 : -1}
      aria-label=${`Pair ${pair + 1}: ${description}`}
      ${styled({ width: `${width}px`, height: `${height}px` })}
      @click=${() => options.choose(column)}
      @focus=${() => options.focus(column)}
    ><img src=${address(picture.file)} width=${width} height=${height} alt="" crossorigin="anonymous" decoding="async">${
      isMoving
        ? html`<film-frame .address=${address(descent.file)} .frames=${descent.steps.length} .position=${moment}></film-frame>`
        : nothing
    }</button>
    ${sign === "" ? nothing : html`<span class="sign" aria-hidden="true">${sign}</span>`}
    <p class="title" title=${title}>${title}</p>
    ${namings.length === 0 ? nothing : html`<p class="namings">${namings.map(naming)}</p>`}
    ${residual === undefined ? nothing : html`<p class="residual">residual ${residualText(residual)}</p>`}
  </div>`;
}

/** The sign says it, not the colour. */
function naming({ mark, named, isOther }: Naming): TemplateResult {
  return html`<span class=${isOther ? "other" : ""} title=${named}><span class="side">${mark}</span>${isOther ? html`<span aria-hidden="true">≠ </span>` : nothing}${named}</span>`;
}
