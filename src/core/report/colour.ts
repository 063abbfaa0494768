/**
 * The colours of a value. One table per ground (dark or light) of 256 steps for [0, 1] with constant lightness slope in
 * OKLab, so that equal differences look equal, in grey and to colour-blind eyes too; what is alike stands out from the
 * ground, what is not sinks into it. Values below 0 leave that scale for a tail of another hue.
 */
import { type Lab, lch, type Rgb, toRgb } from "./oklab.ts";

export type Ground = "dark" | "light";

export interface Palette {
  /** Colour of `i / 255` of the scale, i = 0…255. */
  readonly scale: readonly Rgb[];
  /** Colour of `−(i / 255) · tailEnd`. */
  readonly tail: readonly Rgb[];
}

/** Values from −`tailEnd` down share the tail's last colour. */
export const tailEnd = 0.25;

const steps = 256;

/** A path through OKLab: lightness is straight, chroma and hue bend through their stops (at 0, ⅓, ⅔, 1). */
interface Path {
  readonly lightness: readonly [number, number];
  readonly chroma: readonly number[];
  readonly hue: readonly number[];
}

const paths: Record<Ground, { scale: Path; tail: Path }> = {
  dark: {
    scale: { lightness: [0.26, 0.93], chroma: [0.045, 0.1, 0.115, 0.115], hue: [285, 252, 192, 110] },
    tail: { lightness: [0.3, 0.66], chroma: [0.06, 0.11, 0.15, 0.17], hue: [8, 14, 22, 30] },
  },
  light: {
    scale: { lightness: [0.965, 0.3], chroma: [0.018, 0.085, 0.105, 0.115], hue: [120, 180, 235, 278] },
    tail: { lightness: [0.925, 0.56], chroma: [0.045, 0.1, 0.15, 0.18], hue: [50, 42, 34, 28] },
  },
};

export const palettes: Readonly<Record<Ground, Palette>> = {
  dark: { scale: table(paths.dark.scale), tail: table(paths.dark.tail) },
  light: { scale: table(paths.light.scale), tail: table(paths.light.tail) },
};

/** Colour of a position on the scale: 0…1 on it, below 0 on the tail; outside [−{@link tailEnd}, 1] the nearest end. */
export function colourAt(palette: Palette, position: number): Rgb {
  const onTail = position < 0;
  const fraction = Math.min(1, onTail ? -position / tailEnd : position);
  return (onTail ? palette.tail : palette.scale)[Math.round(fraction * (steps - 1))]!;
}

/** Whether dark ink reads better than light ink on a colour (WCAG relative luminance, equal contrast at 0.18). */
export function takesDarkInk([red, green, blue]: Rgb): boolean {
  const [r, g, b] = [red / 255, green / 255, blue / 255].map((channel) => channel ** 2.2) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

/** A colour as CSS and SVG write it. */
export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

function table(path: Path): Rgb[] {
  return Array.from({ length: steps }, (_, i) => toRgb(along(path, i / (steps - 1))));
}

function along({ lightness: [from, to], chroma, hue }: Path, t: number): Lab {
  return lch(from + (to - from) * t, bend(chroma, t), bend(hue, t));
}

/** Catmull–Rom spline through equally spaced stops. */
function bend(stops: readonly number[], t: number): number {
  const last = stops.length - 1;
  const position = Math.min(t * last, last - 1e-9);
  const i = Math.floor(position);
  const u = position - i;
  const at = (k: number) => stops[Math.min(last, Math.max(0, k))]!;
  const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
  return p1 + 0.5 * u * (p2 - p0 + u * (2 * p0 - 5 * p1 + 4 * p2 - p3 + u * (3 * (p1 - p2) + p3 - p0)));
}
