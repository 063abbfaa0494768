import assert from "node:assert/strict";
import { test } from "node:test";
import { framesAt } from "../../webview/inversion/gallery/frames.ts";
import { galleryStep } from "../../webview/inversion/gallery/keys.ts";
import { galleryLayout } from "../../webview/inversion/gallery/layout.ts";
import { arranged, disagrees, galleryPairs } from "../../webview/inversion/gallery/order.ts";
import { threeInverted } from "../fixtures/inversions.ts";

const layout = (width: number, side: number, pictures: number) =>
  galleryLayout({ width, picture: { width: side, height: side }, pictures, lines: 4 });

test("small pictures are enlarged by whole numbers, and as many cards stand beside each other as have room", () => {
  assert.deepEqual([layout(1352, 32, 4).shown.width, layout(1352, 32, 4).cardsAcross], [128, 2]);
  assert.deepEqual([layout(652, 32, 4).shown.width, layout(652, 32, 4).cardsAcross], [128, 1]);
  for (let width = 240; width < 2400; width += 37) {
    for (const [side, pictures] of [
      [28, 3],
      [32, 4],
      [32, 6],
      [64, 5],
      [224, 4],
    ] as const) {
      const found = layout(width, side, pictures);
      if (found.isWhole) assert.equal(found.shown.width % side, 0);
      const strip = found.picturesAcross * Math.max(found.shown.width, 72) + (found.picturesAcross - 1) * 22 + 24;
      assert.ok(strip <= found.cardWidth, `${strip} > ${found.cardWidth} at ${width}, ${side} px, ${pictures}`);
    }
  }
});

test("keys go from picture to picture, and leave the ends alone", () => {
  const extent = { cards: 9, across: 2, pictures: 4, lines: 2 };
  const from = { pair: 4, column: 3 };
  assert.deepEqual(galleryStep("ArrowRight", from, extent), { pair: 5, column: 0 });
  assert.deepEqual(galleryStep("ArrowLeft", { pair: 4, column: 0 }, extent), { pair: 3, column: 3 });
  assert.deepEqual(galleryStep("ArrowDown", from, extent), { pair: 6, column: 3 });
  assert.deepEqual(galleryStep("PageDown", from, extent), { pair: 8, column: 3 });
  assert.deepEqual(galleryStep("End", from, extent), { pair: 8, column: 3 });
  assert.equal(galleryStep("ArrowDown", { pair: 8, column: 0 }, extent), undefined);
  assert.equal(galleryStep("a", from, extent), undefined);
});

test("a moment lies between two frames", () => {
  assert.deepEqual(framesAt(0, 8), [0, 1, 0]);
  assert.deepEqual(framesAt(1, 8), [7, 7, 0]);
  const [first, second, mix] = framesAt(0.5, 8);
  assert.deepEqual([first, second], [3, 4]);
  assert.ok(Math.abs(mix - 0.5) < 1e-9);
  assert.deepEqual(framesAt(0.3, 1), [0, 0, 0]);
});

test("pairs are sorted by residual and by disagreement, and sifted", () => {
  const { inversion } = threeInverted();
  assert.ok(inversion);
  const pairs = galleryPairs(inversion);
  const residuals = arranged(pairs, "residual", false).map(({ residual }) => residual);
  assert.deepEqual(
    residuals,
    residuals.toSorted((a, b) => b - a),
  );
  // The tail network sees in the ears networks' inversions what it saw in the seeds.
  assert.equal(disagrees(inversion.classes, 0, 1, 0), true);
  assert.equal(disagrees(inversion.classes, 0, 0, 0), false);
  assert.ok(arranged(pairs, "order", true).every(({ disagreements }) => disagreements > 0));
});
