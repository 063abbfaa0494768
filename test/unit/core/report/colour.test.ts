import assert from "node:assert/strict";
import { test } from "node:test";
import { colourAt, palettes, tailEnd, takesDarkInk } from "../../../../src/core/report/colour.ts";
import { fromRgb, type Rgb } from "../../../../src/core/report/oklab.ts";

const grounds = ["dark", "light"] as const;

test("OKLab of known colours (Ottosson 2020)", () => {
  const near = (rgb: Rgb, expected: readonly number[]) => {
    const { L, a, b } = fromRgb(rgb);
    for (const [i, value] of [L, a, b].entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-3, `${rgb}: ${value}`);
  };
  near([255, 255, 255], [1, 0, 0]);
  near([255, 0, 0], [0.628, 0.2249, 0.1258]);
  near([0, 0, 255], [0.452, -0.0325, -0.3115]);
});

test("lightness falls or rises evenly along the scale", () => {
  for (const ground of grounds) {
    const lightness = palettes[ground].scale.map((rgb) => fromRgb(rgb).L);
    const slope = (lightness[255]! - lightness[0]!) / 255;
    for (const [i, value] of lightness.entries()) {
      assert.ok(Math.abs(value - (lightness[0]! + slope * i)) < 0.008, `${ground} ${i}`);
    }
    assert.ok(Math.abs(slope * 255) > 0.6);
  }
});

test("equal steps look equal: distances in OKLab vary by less than half", (t) => {
  for (const ground of grounds) {
    for (const part of ["scale", "tail"] as const) {
      const labs = palettes[ground][part].map(fromRgb);
      const steps = Array.from({ length: 15 }, (_, i) => {
        const [from, to] = [labs[i * 17]!, labs[(i + 1) * 17]!];
        return Math.hypot(from.L - to.L, from.a - to.a, from.b - to.b);
      });
      const ratio = Math.max(...steps) / Math.min(...steps);
      t.diagnostic(`${ground} ${part}: largest / smallest step ${ratio.toFixed(2)}`);
      assert.ok(ratio < 1.5);
    }
  }
});

test("the least negative value already differs from zero", () => {
  for (const ground of grounds) {
    const [zero, below] = [palettes[ground].scale[0]!, colourAt(palettes[ground], -1e-6)];
    const [x, y] = [fromRgb(zero), fromRgb(below)];
    assert.ok(Math.hypot(x.L - y.L, x.a - y.a, x.b - y.b) > 0.05);
  }
});

test("positions outside the tables take their ends", () => {
  const palette = palettes.dark;
  assert.deepEqual(colourAt(palette, 7), palette.scale[255]);
  assert.deepEqual(colourAt(palette, -1), palette.tail[255]);
  assert.deepEqual(colourAt(palette, -tailEnd), palette.tail[255]);
});

test("ink has a contrast of at least 4.5 on every colour", (t) => {
  const luminance = (rgb: readonly number[]) => {
    const [r, g, b] = rgb.map((c) => (c <= 10 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  let worst = Number.POSITIVE_INFINITY;
  for (const ground of grounds) {
    for (const rgb of [...palettes[ground].scale, ...palettes[ground].tail]) {
      const own = luminance(rgb);
      worst = Math.min(worst, takesDarkInk(rgb) ? (own + 0.05) / 0.05 : 1.05 / (own + 0.05));
    }
  }
  t.diagnostic(`lowest contrast of full ink ${worst.toFixed(2)}`);
  assert.ok(worst >= 4.5);
});
