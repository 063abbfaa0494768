import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Ground } from "../../src/core/report/colour.ts";
import type { InversionReport, Report } from "../../src/core/report/report.ts";
import { type OriginTools, reportOrigin } from "../report/origin.ts";
import { themeOf, watchTheme } from "../shared/theme.ts";
import { controversialImages } from "./controversial.ts";
import { residualCurves } from "./curves.ts";
import { dumbbells } from "./dumbbells.ts";
import "./gallery/element.ts";
import { layerLines } from "./layers.ts";
import { layerMaps } from "./maps.ts";
import { matrices } from "./matrices.ts";
import { convention, otherNotices } from "./notices.ts";
import { type InversionPlace, PlaceEvent, start } from "./place.ts";
import { type SideName, sidesOf } from "./sides.ts";
import { trust } from "./trust.ts";
import { inversionVerdict } from "./verdict.ts";

/** What each of some models uses, on one page. It renders into the document itself: `inversion.css` is its style. */
export class InversionReportPage extends LitElement {
  static override properties = {
    report: { attribute: false },
    base: {},
    place: { attribute: false },
    tools: { attribute: false },
    ground: { state: true },
  };

  declare report: Report | undefined;
  /** Address of the folder with the pictures; absent where it is gone. */
  declare base: string | undefined;
  /** Changes by the reader are told with a {@link PlaceEvent}. */
  declare place: InversionPlace;
  declare tools: OriginTools | undefined;
  declare protected ground: Ground;
  #release: (() => void) | undefined;

  constructor() {
    super();
    this.place = start;
    this.ground = "dark";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const look = (): void => {
      this.ground = themeOf(this).ground;
    };
    look();
    this.#release = watchTheme(look);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release?.();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { report, place, ground } = this;
    const inversion = report?.inversion;
    if (report === undefined || inversion === undefined) return nothing;
    const sides = sidesOf(report);
    const isKnown = typeof inversion.cka.selfStir.biased[0]?.[0] === "number";
    const shownPair = this.#shownPair(inversion);
    const go = (to: Partial<InversionPlace>): void => this.#go(to);
    return html`<main class="page">
      <header>
        ${names(sides)}
        ${isKnown ? html`<p class="verdict">${inversionVerdict(report).join(" ")}</p>` : nothing}
        ${dumbbells(inversion, {
          sides,
          isBiased: place.isBiased,
          chooseBiased: (isBiased) => go({ isBiased }),
          chosen: inversion.maps === undefined ? undefined : shownPair,
          choose: inversion.maps === undefined ? undefined : (i, j) => this.#chooseModels(inversion, i, j),
        })}
        ${trust(report, sides)}
        ${otherNotices(report, sides)}
      </header>
      ${layerMaps({ maps: inversion.maps ?? [], sides, place, trusted: inversion.trusted, go })}
      ${shownPair === undefined ? nothing : layerLines(inversion, sides, shownPair, place.isBiased)}
      <inversion-gallery .report=${report} .base=${this.base} .place=${place} .ground=${ground} @place=${this.#onPlace}></inversion-gallery>
      ${controversialImages(report, sides, this.base)}
      <div class="figures-and-curves">
        ${isKnown && sides.length > 1 ? matrices(inversion, { sides, isBiased: place.isBiased, ground }) : nothing}
        ${residualCurves(inversion.curves, sides)}
      </div>
      ${convention(inversion)}
      ${reportOrigin(report, undefined, this.tools)}
    </main>`;
  }

  /** The ordered pair that the heatmaps show; of models without maps, the first two. */
  #shownPair({ maps = [] }: InversionReport): { inverting: number; other: number } | undefined {
    const [a, b] = (maps[this.place.map] ?? maps[0])?.models ?? [0, 1];
    if (a === b || (this.report?.models.length ?? 0) < 2) return undefined;
    return this.place.isSecond ? { inverting: b, other: a } : { inverting: a, other: b };
  }

  #chooseModels({ maps = [] }: InversionReport, inverting: number, other: number): void {
    const map = maps.findIndex(({ models }) => models.includes(inverting) && models.includes(other));
    if (map !== -1) this.#go({ map, isSecond: maps[map]?.models[1] === inverting });
  }

  #onPlace(event: PlaceEvent): void {
    if (event.target === this) return;
    event.stopPropagation();
    this.#put(event.place);
  }

  #go(to: Partial<InversionPlace>): void {
    this.#put({ ...this.place, ...to });
  }

  #put(place: InversionPlace): void {
    this.place = place;
    this.dispatchEvent(new PlaceEvent(place));
  }
}

/** The models, with what they are called from here on. */
export function names(sides: readonly SideName[]): TemplateResult {
  return html`<h1>${sides.map(
    ({ mark, name }, i) => html`${i === 0 ? nothing : html`<span class="times">×</span>`}
      <span>${sides.length > 1 ? html`<span class="side">${mark}</span>` : nothing}${name}</span>`,
  )}</h1>`;
}

customElements.define("inversion-report", InversionReportPage);
