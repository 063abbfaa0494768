/** How large pictures are and where cards lie: pure arithmetic in CSS pixels, the same for every card. */
import { scaleOf } from "../pictureScale.ts";

export interface GallerySize {
  /** Of the gallery. */
  readonly width: number;
  /** Of one picture, in its own pixels. */
  readonly picture: { readonly width: number; readonly height: number };
  /** Pictures of a card: seed, target, and one for each model. */
  readonly pictures: number;
  /** Lines of text below each picture. */
  readonly lines: number;
}

export interface GalleryLayout {
  /** CSS pixels of a picture. */
  readonly shown: { readonly width: number; readonly height: number };
  /** Whether each of its pixels is a whole number of the screen's. */
  readonly isWhole: boolean;
  readonly cardsAcross: number;
  readonly picturesAcross: number;
  readonly cardWidth: number;
  /** With the gap to the next. */
  readonly cardHeight: number;
}

/** Between pictures, around a card, between cards, and of a line of text. */
export const gaps = { picture: 22, inset: 12, card: 16, line: 17, number: 22 } as const;

/** No picture is shown larger than this where it has to be enlarged for it, nor in more room than this where it is large. */
const largest = 160;
/** Below this, a picture gets a line with fewer beside it. */
const smallest = 72;
/** A picture may be this small where more cards stand beside each other for it. */
const good = 96;

export function galleryLayout({ width, picture, pictures, lines }: GallerySize): GalleryLayout {
  const side = Math.max(picture.width, picture.height, 1);
  const inner = width - 2 * gaps.inset;
  const room = (across: number): number => (inner - (across - 1) * gaps.picture) / across;
  let picturesAcross = pictures;
  while (picturesAcross > 2 && room(picturesAcross) < smallest) picturesAcross = Math.ceil(picturesAcross / 2);
  const cardsOf = (pictureWidth: number): number => {
    const least = picturesAcross * (Math.max(pictureWidth, smallest) + gaps.picture) - gaps.picture + 2 * gaps.inset;
    return Math.max(1, Math.floor((width + gaps.card) / (least + gaps.card)));
  };
  const fitted = scaleOf(side, Math.min(largest, room(picturesAcross)));
  const { isWhole } = fitted;
  let { scale } = fitted;
  const most = cardsOf(good);
  if (isWhole) {
    // As large as they can be among those that leave room for as many cards.
    while (cardsOf(side * scale) < most && side * (scale - 1) >= good) scale--;
  } else if (cardsOf(side * scale) < most) scale = good / side;
  const shown = { width: Math.floor(picture.width * scale), height: Math.floor(picture.height * scale) };
  const cardsAcross = cardsOf(shown.width);
  const rows = Math.ceil(pictures / picturesAcross);
  return {
    shown,
    isWhole,
    cardsAcross,
    picturesAcross,
    cardWidth: Math.floor((width - (cardsAcross - 1) * gaps.card) / cardsAcross),
    cardHeight:
      rows * (shown.height + lines * gaps.line + 6) +
      (rows - 1) * gaps.picture +
      gaps.number +
      2 * gaps.inset +
      gaps.card,
  };
}
