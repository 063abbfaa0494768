import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Ground } from "../../../src/core/report/colour.ts";
import { plural } from "../../../src/core/report/format.ts";
import type { InversionReport, Report } from "../../../src/core/report/report.ts";
import { type InversionPlace, type PictureRef, PlaceEvent, start } from "../place.ts";
import { type SideName, sidesOf } from "../sides.ts";
import { card } from "./card.ts";
import "./film.ts";
import { styled } from "../../shared/styled.ts";
import { galleryStep } from "./keys.ts";
import { type GalleryLayout, galleryLayout } from "./layout.ts";
import { neighbours } from "./neighbours.ts";
import { arranged, type GalleryPair, galleryPairs } from "./order.ts";
import { addressOf, picturesOf } from "./pictures.ts";
import { Player } from "./player.ts";
import { toolbar } from "./toolbar.ts";

/** Lines of cards that are kept ready above and below what is in sight. */
const spare = 1;

/** The pictures, pair by pair. Only cards in sight exist; all are as high as each other. It renders into the document. */
export class InversionGallery extends LitElement {
  static override properties = {
    report: { attribute: false },
    base: {},
    place: { attribute: false },
    ground: {},
    focused: { state: true },
    sight: { state: true },
  };

  declare report: Report | undefined;
  /** Address of the folder with the pictures; absent where it is gone. */
  declare base: string | undefined;
  declare place: InversionPlace;
  declare ground: Ground;
  /** By position among the cards that are shown. */
  declare protected focused: PictureRef;
  /** Of the lines of cards: the first in sight, and the one after the last. */
  declare protected sight: readonly [number, number];

  readonly #player = new Player(this);
  #width = 0;
  #pairsOf: InversionReport | undefined;
  #pairs: readonly GalleryPair[] = [];
  #layout: GalleryLayout | undefined;
  readonly #resized = new ResizeObserver(() => this.#measure());
  readonly #scrolled = (): void => this.#look();

  constructor() {
    super();
    this.place = start;
    this.ground = "dark";
    this.focused = { pair: 0, column: 0 };
    this.sight = [0, 0];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    window.addEventListener("scroll", this.#scrolled, { passive: true });
    window.addEventListener("resize", this.#scrolled);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    window.removeEventListener("scroll", this.#scrolled);
    window.removeEventListener("resize", this.#scrolled);
    this.#player.stop();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { report, base, place } = this;
    const inversion = report?.inversion;
    if (report === undefined || inversion?.pictures === undefined) return nothing;
    if (base === undefined) return gone;
    const shown = this.#shown(inversion);
    const sides = sidesOf(report);
    const layout = this.#fit(report, inversion, sides);
    return html`<section class="gallery" aria-label="Pictures">
      ${toolbar({
        place,
        shown: shown.length,
        all: this.#pairs.length,
        hasClasses: inversion.classes?.inversions.some((row) => row.some((named) => named !== null)) === true,
        player: this.#player,
        go: (to) => this.#go(to),
      })}
      ${shown.length === 0 ? html`<p class="hint">The models name every inversion alike.</p>` : nothing}
      <div
        class="cards"
        role="grid"
        aria-label=${`${plural(shown.length, "pair")} of seed and target with their inversions`}
        aria-rowcount=${shown.length}
        aria-colcount=${2 + sides.length}
        ${styled({ height: `${Math.ceil(shown.length / layout.cardsAcross) * layout.cardHeight}px`, "--picture": `${layout.shown.height}px` })}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, shown, layout)}
      >${this.#lines(shown, layout).map((line) => this.#line(line, shown, layout, inversion, sides))}</div>
      ${place.picture === undefined ? nothing : this.#neighbours(place.picture, inversion, sides, layout)}
    </section>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("report") || changed.has("place") || changed.has("base")) this.#look();
  }

  /** What the pictures are of, in the order in which they are shown. */
  #shown(inversion: InversionReport): readonly GalleryPair[] {
    if (this.#pairsOf !== inversion) {
      this.#pairsOf = inversion;
      this.#pairs = galleryPairs(inversion);
    }
    return arranged(this.#pairs, this.place.sort, this.place.onlyDisagreements);
  }

  #fit({ probe }: Report, { classes }: InversionReport, sides: readonly SideName[]): GalleryLayout {
    const [, height = 32, width = 32] = probe?.shape ?? [];
    const lines = 2 + (classes === undefined ? 0 : sides.length);
    this.#width ||= this.clientWidth || 640;
    this.#layout = galleryLayout({
      width: this.#width,
      picture: { width, height },
      pictures: 2 + sides.length,
      lines,
    });
    return this.#layout;
  }

  #lines(shown: readonly GalleryPair[], { cardsAcross }: GalleryLayout): readonly number[] {
    const last = Math.ceil(shown.length / cardsAcross);
    const [from, to] = [Math.max(0, this.sight[0] - spare), Math.min(last, this.sight[1] + spare)];
    // The card that has the focus stays, so that the keyboard is not lost when it is scrolled out of sight.
    const own = Math.floor(this.focused.pair / cardsAcross);
    const inSight = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
    return own < last && !inSight.includes(own) && this.contains(document.activeElement) ? [own, ...inSight] : inSight;
  }

  #line(
    line: number,
    shown: readonly GalleryPair[],
    layout: GalleryLayout,
    inversion: InversionReport,
    sides: readonly SideName[],
  ): TemplateResult {
    const { cardsAcross, cardHeight, cardWidth } = layout;
    const first = line * cardsAcross;
    return html`<div class="line" role="presentation" ${styled({ top: `${line * cardHeight}px`, height: `${cardHeight}px`, "grid-template-columns": `repeat(${cardsAcross}, ${cardWidth}px)` })}>
      ${shown.slice(first, first + cardsAcross).map(({ index }, i) => {
        const position = first + i;
        const chosen = this.place.picture?.pair === index ? this.place.picture.column : undefined;
        return card({
          pair: index,
          position: position + 1,
          pictures: picturesOf(inversion, sides, index),
          layout,
          address: (file) => this.#address(file),
          moment: this.#player.momentOf(index),
          focused: this.focused.pair === position ? this.focused.column : undefined,
          chosen,
          isPlaying: this.#player.isPlaying(index),
          choose: (column) => this.#choose({ pair: index, column }),
          focus: (column) => {
            this.focused = { pair: position, column };
          },
          play: this.#player.canPlay ? () => this.#player.toggle(index) : undefined,
        });
      })}
    </div>`;
  }

  #neighbours(
    picture: PictureRef,
    inversion: InversionReport,
    sides: readonly SideName[],
    layout: GalleryLayout,
  ): TemplateResult | typeof nothing {
    const [, height = 32, width = 32] = this.report?.probe?.shape ?? [];
    const side = Math.max(height, width);
    const size = layout.isWhole ? side * Math.max(1, Math.floor(64 / side)) : 64;
    return neighbours({
      inversion,
      sides,
      picture,
      ground: this.ground,
      size,
      isWhole: layout.isWhole,
      address: (file) => this.#address(file),
      open: (pair) => this.#openPair({ pair, column: picture.column }),
      close: () => this.#close(),
    });
  }

  #address(file: string): string {
    return addressOf(this.base ?? "", file, this.report?.created ?? "");
  }

  #onKey(event: KeyboardEvent, shown: readonly GalleryPair[], { cardsAcross }: GalleryLayout): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const pair = shown[this.focused.pair]?.index;
    if (event.key === " " && this.#player.canPlay && pair !== undefined) {
      event.preventDefault();
      this.#player.toggle(pair);
      return;
    }
    if (event.key === "Escape" && this.place.picture !== undefined) {
      event.preventDefault();
      this.#close();
      return;
    }
    const lines = this.sight[1] - this.sight[0] - 1;
    const pictures = 2 + (this.report?.models.length ?? 0);
    const to = galleryStep(event.key, this.focused, { cards: shown.length, across: cardsAcross, pictures, lines });
    if (to === undefined) return;
    event.preventDefault();
    void this.#focusOn(to);
  }

  /** Brings a picture into sight and gives it the focus. */
  async #focusOn(to: PictureRef): Promise<void> {
    const layout = this.#layout;
    if (layout === undefined) return;
    this.focused = to;
    this.#reveal(Math.floor(to.pair / layout.cardsAcross), layout);
    await this.updateComplete;
    this.#look();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.picture[tabindex="0"]')?.focus({ preventScroll: true });
  }

  #reveal(line: number, { cardHeight }: GalleryLayout): void {
    const cards = this.querySelector(".cards");
    if (cards === null) return;
    const top = cards.getBoundingClientRect().top + line * cardHeight;
    const tray = this.querySelector(".neighbours")?.getBoundingClientRect().height ?? 0;
    const [from, to] = [64, window.innerHeight - tray - cardHeight];
    if (top < from) window.scrollBy(0, top - from);
    else if (top > to) window.scrollBy(0, Math.min(top - to, top - from));
  }

  #openPair(picture: PictureRef): void {
    const position =
      this.#pairsOf === undefined ? -1 : this.#shown(this.#pairsOf).findIndex(({ index }) => index === picture.pair);
    this.#go({ picture });
    if (position !== -1) void this.#focusOn({ pair: position, column: picture.column });
  }

  #choose(picture: PictureRef): void {
    const { picture: known } = this.place;
    if (known?.pair === picture.pair && known.column === picture.column) this.#close();
    else this.#go({ picture });
  }

  #close(): void {
    const { picture: _, ...rest } = this.place;
    const hadFocus = this.querySelector(".neighbours")?.contains(document.activeElement) === true;
    this.#put(rest);
    if (hadFocus) void this.#focusOn(this.focused);
  }

  #go(to: Partial<InversionPlace>): void {
    if (to.sort !== undefined || to.onlyDisagreements !== undefined) this.focused = { pair: 0, column: 0 };
    this.#put({ ...this.place, ...to });
  }

  #put(place: InversionPlace): void {
    this.place = place;
    this.dispatchEvent(new PlaceEvent(place));
  }

  #measure(): void {
    if (this.clientWidth === this.#width) return;
    this.#width = this.clientWidth;
    this.requestUpdate();
    void this.updateComplete.then(() => this.#look());
  }

  /** Finds out which lines are in sight. */
  #look(): void {
    const [cards, layout] = [this.querySelector(".cards"), this.#layout];
    if (cards === null || layout === undefined) return;
    const { top } = cards.getBoundingClientRect();
    const from = Math.max(0, Math.floor(-top / layout.cardHeight));
    const to = Math.max(0, Math.ceil((window.innerHeight - top) / layout.cardHeight));
    if (from !== this.sight[0] || to !== this.sight[1]) this.sight = [from, to];
  }
}

const gone = html`<section class="gallery" aria-label="Pictures"><h2>Pictures</h2>
  <p class="hint">The pictures are no longer where they were made. Ask again to make them, or keep them with Export → JSON.</p></section>`;

customElements.define("inversion-gallery", InversionGallery);
