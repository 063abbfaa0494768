/**
 * OKLab, a colour space in which equal steps look equal (Ottosson 2020, "A perceptual color space for image
 * processing"). Only the way out, to 8-bit sRGB, and the way back, to measure steps, are needed.
 */

export interface Lab {
  /** Lightness in [0, 1]. */
  readonly L: number;
  readonly a: number;
  readonly b: number;
}

/** Red, green and blue in 0…255. */
export type Rgb = readonly [number, number, number];

/** A colour by lightness, chroma and hue in degrees. */
export function lch(L: number, chroma: number, hue: number): Lab {
  const angle = (hue * Math.PI) / 180;
  return { L, a: chroma * Math.cos(angle), b: chroma * Math.sin(angle) };
}

/** The nearest 8-bit sRGB colour; outside the gamut each channel is cut off. */
export function toRgb({ L, a, b }: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Inverse of {@link toRgb} for colours inside the gamut. */
export function fromRgb([red, green, blue]: Rgb): Lab {
  const [r, g, b] = [decode(red), decode(green), decode(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    L: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

function encode(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const gamma = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(gamma * 255);
}

function decode(channel: number): number {
  const gamma = channel / 255;
  return gamma <= 0.04045 ? gamma / 12.92 : ((gamma + 0.055) / 1.055) ** 2.4;
}
