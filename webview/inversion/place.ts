/** Where a reader is among inversions: what is kept when the page is left, and found again when it comes back. */
import type { CellIndex } from "../heatmap/data.ts";

export const gallerySorts = ["order", "residual", "disagreement"] as const;
export type GallerySort = (typeof gallerySorts)[number];

/** One picture of the gallery. */
export interface PictureRef {
  /** Position among the pairs of seed and target. */
  readonly pair: number;
  /** Position in the row: 0 is the seed, 1 the target, then the inversions by model. */
  readonly column: number;
}

export interface InversionPlace {
  /** Position among the report's maps, which are pairs of models. */
  readonly map: number;
  /** Whether the inversions of the map's second model are shown, instead of its first's. */
  readonly isSecond: boolean;
  /** Numbers as published, as the verdict has them, instead of unbiased. */
  readonly isBiased: boolean;
  readonly cell?: CellIndex;
  readonly sort: GallerySort;
  readonly onlyDisagreements: boolean;
  /** The picture whose neighbours are shown. */
  readonly picture?: PictureRef;
}

export const start: InversionPlace = {
  map: 0,
  isSecond: false,
  isBiased: true,
  sort: "order",
  onlyDisagreements: false,
};

/** The reader went somewhere else. */
export class PlaceEvent extends Event {
  readonly place: InversionPlace;
  constructor(place: InversionPlace) {
    super("place", { bubbles: true });
    this.place = place;
  }
}

/** The place that was kept; {@link start} for anything that is none. */
export function keptPlace(kept: unknown): InversionPlace {
  if (typeof kept !== "object" || kept === null) return start;
  const { map, isSecond, isBiased, cell, sort, onlyDisagreements, picture } = kept as Partial<
    Record<keyof InversionPlace, unknown>
  >;
  const [row, column] = indices(cell, "row", "column");
  const [pair, pictureColumn] = indices(picture, "pair", "column");
  return {
    map: isIndex(map) ? map : 0,
    isSecond: isSecond === true,
    isBiased: isBiased !== false,
    sort: gallerySorts.find((each) => each === sort) ?? "order",
    onlyDisagreements: onlyDisagreements === true,
    ...(row !== undefined && column !== undefined && { cell: { row, column } }),
    ...(pair !== undefined && pictureColumn !== undefined && { picture: { pair, column: pictureColumn } }),
  };
}

function indices(value: unknown, ...names: readonly string[]): readonly (number | undefined)[] {
  if (typeof value !== "object" || value === null) return [];
  return names.map((name) => {
    const index = (value as Record<string, unknown>)[name];
    return isIndex(index) ? index : undefined;
  });
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
