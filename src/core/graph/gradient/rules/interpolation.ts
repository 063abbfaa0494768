/** How `Resize` fills one axis from another. */
export interface Interpolation {
  /** `nearest`, `linear` or `cubic`. */
  readonly mode: string;
  /** Attribute `coordinate_transformation_mode`. */
  readonly coordinates: string;
  /** Attribute `nearest_mode`. */
  readonly rounding: string;
  /** Coefficient a of the cubic kernel. */
  readonly cubic: number;
  /** Whether weights outside the axis are taken for 0 instead of those of its ends. */
  readonly excludesOutside: boolean;
}

/** Weights of the elements that an axis of `to` elements takes from one of `from`: to × from, row-major (ONNX `Resize`). */
export function interpolationMatrix(how: Interpolation, from: number, to: number, scale: number): number[] {
  const matrix = new Array<number>(to * from).fill(0);
  for (let target = 0; target < to; target++) {
    const at = sourceOf(how.coordinates, target, from, to, scale);
    const taps = tapsAt(how, at).map(([place, weight]) => ({ place, weight: isInside(how, place, from) ? weight : 0 }));
    const total = how.excludesOutside ? taps.reduce((sum, { weight }) => sum + weight, 0) : 1;
    for (const { place, weight } of taps) {
      matrix[target * from + Math.min(Math.max(place, 0), from - 1)]! += weight / total;
    }
  }
  return matrix;
}

function isInside({ mode, excludesOutside }: Interpolation, place: number, from: number): boolean {
  return mode !== "cubic" || !excludesOutside || (place >= 0 && place < from);
}

function sourceOf(coordinates: string, target: number, from: number, to: number, scale: number): number {
  switch (coordinates) {
    case "asymmetric":
      return target / scale;
    case "align_corners":
      return to === 1 ? 0 : (target * (from - 1)) / (to - 1);
    case "pytorch_half_pixel":
      return to > 1 ? (target + 0.5) / scale - 0.5 : 0;
    case "half_pixel_symmetric":
      // The part of the last element that a rounded size cuts off is shared by both ends.
      return (from / 2) * (1 - to / (scale * from)) + (target + 0.5) / scale - 0.5;
    default:
      return (target + 0.5) / scale - 0.5;
  }
}

function tapsAt({ mode, rounding, cubic }: Interpolation, at: number): readonly (readonly [number, number])[] {
  if (mode === "nearest") return [[rounded(rounding, at), 1]];
  const low = Math.floor(at);
  const rest = at - low;
  if (mode === "linear") {
    return [
      [low, 1 - rest],
      [low + 1, rest],
    ];
  }
  return [-1, 0, 1, 2].map((offset) => [low + offset, cubicWeight(cubic, Math.abs(rest - offset))] as const);
}

function rounded(rounding: string, at: number): number {
  switch (rounding) {
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    case "round_prefer_ceil":
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

/** Keys' kernel at a distance of up to 2. */
function cubicWeight(a: number, distance: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}
