/** What can be done with the pictures. */
import { html, nothing, type TemplateResult } from "lit";
import { count, plural } from "../../../src/core/report/format.ts";
import { type GallerySort, gallerySorts, type InversionPlace } from "../place.ts";
import type { Player } from "./player.ts";

export interface ToolbarOptions {
  readonly place: InversionPlace;
  /** Pairs. */
  readonly shown: number;
  readonly all: number;
  /** Whether models name classes, so that they can disagree. */
  readonly hasClasses: boolean;
  readonly player: Player;
  go(to: Partial<InversionPlace>): void;
}

const sortTitles: Readonly<Record<GallerySort, string>> = {
  order: "in order",
  residual: "by residual",
  disagreement: "by disagreement",
};

export function toolbar({ place, shown, all, hasClasses, player, go }: ToolbarOptions): TemplateResult {
  const isPlaying = player.isPlaying("all");
  const sorts = gallerySorts.filter((sort) => hasClasses || sort !== "disagreement");
  return html`<div class="heading">
    <h2>Pictures</h2>
    <span class="note count" role="status">${shown === all ? plural(all, "pair") : `${count(shown)} of ${plural(all, "pair")}`}</span>
    <label class="choice"><span>Sort</span>
      <select aria-label="Sort pictures" @change=${(event: Event) => go({ sort: (event.target as HTMLSelectElement).value as GallerySort })}>
        ${sorts.map((sort) => html`<option value=${sort} .selected=${sort === place.sort}>${sortTitles[sort]}</option>`)}
      </select></label>
    ${
      hasClasses
        ? html`<label class="tick"><input type="checkbox" .checked=${place.onlyDisagreements} @change=${(event: Event) => go({ onlyDisagreements: (event.target as HTMLInputElement).checked })}>only where models disagree</label>`
        : nothing
    }
    <span class="descent">
      ${player.canPlay ? html`<button class="play-all" @click=${() => player.toggle("all")}><span aria-hidden="true">${isPlaying ? "■" : "▶"}</span> ${isPlaying ? "Stop" : "Play"}</button>` : nothing}
      <label><span>seed</span><input type="range" min="0" max="1" step="0.01" aria-label="Moment of the descents, from seed to inversion" .value=${String(player.moment)} @input=${(event: Event) => player.show(Number((event.target as HTMLInputElement).value))}><span>inversion</span></label>
    </span>
  </div>`;
}
