/** What a key means among the cards. */
import type { PictureRef } from "../place.ts";

export interface GalleryExtent {
  readonly cards: number;
  /** Cards beside each other. */
  readonly across: number;
  /** Pictures of a card. */
  readonly pictures: number;
  /** Lines of cards that are in sight. */
  readonly lines: number;
}

/** Where a key leads from a picture, both by position among the cards that are shown; `undefined` where it leads nowhere. */
export function galleryStep(key: string, from: PictureRef, extent: GalleryExtent): PictureRef | undefined {
  const { cards, across, pictures, lines } = extent;
  const to = (pair: number, column = from.column): PictureRef | undefined =>
    pair >= 0 && pair < cards ? { pair, column } : undefined;
  const nearest = (pair: number): PictureRef | undefined => to(Math.min(cards - 1, Math.max(0, pair)));
  switch (key) {
    case "ArrowRight":
      return from.column + 1 < pictures ? to(from.pair, from.column + 1) : to(from.pair + 1, 0);
    case "ArrowLeft":
      return from.column > 0 ? to(from.pair, from.column - 1) : to(from.pair - 1, pictures - 1);
    case "ArrowDown":
      return to(from.pair + across);
    case "ArrowUp":
      return to(from.pair - across);
    case "PageDown":
      return nearest(from.pair + across * Math.max(1, lines));
    case "PageUp":
      return nearest(from.pair - across * Math.max(1, lines));
    case "Home":
      return to(0, 0);
    case "End":
      return to(cards - 1, pictures - 1);
    default:
      return undefined;
  }
}
