/** How much a picture is enlarged. */
export interface PictureScale {
  readonly scale: number;
  /** Each of its pixels is a whole number of the screen's. */
  readonly isWhole: boolean;
}

/** Small pictures are enlarged by a whole number; photographs are made to fit. Its longer side and the room, in pixels. */
export function scaleOf(side: number, room: number): PictureScale {
  const scale = Math.floor(room / side);
  return scale >= 1 ? { scale, isWhole: true } : { scale: room / side, isWhole: false };
}
