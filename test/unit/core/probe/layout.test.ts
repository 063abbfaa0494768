import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dim } from "../../../../src/core/graph/graph.ts";
import { convert, fit, imageSize } from "../../../../src/core/probe/layout.ts";

/** Two samples of 3 × 1 × 2: red, green and blue of a left and a right pixel. */
const twoPixels = Float32Array.of(1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400);

function shapeFor(sample: readonly number[], model: readonly Dim[]): [readonly number[], number] {
  const { shape, channelAxis } = fit(sample, model);
  return [shape, channelAxis];
}

test("leaves what fits as it is, whatever sizes the model leaves open", () => {
  for (const model of [
    ["n", 3, 1, 2],
    ["n", 3, "h", "w"],
    [undefined, undefined, undefined, undefined],
    [1, 3, 1, undefined],
  ]) {
    const conversion = fit([3, 1, 2], model);
    assert.deepEqual([conversion.shape, conversion.channelAxis, conversion.order], [[3, 1, 2], 0, undefined]);
    assert.equal(convert(twoPixels, 2, conversion), twoPixels);
  }
  assert.deepEqual(shapeFor([768], ["n", 768]), [[768], 0]);
  assert.deepEqual(shapeFor([12], ["n", "tokens"]), [[12], 0]);
  assert.deepEqual(shapeFor([7, 5], ["n", "time", 5]), [[7, 5], 0]);
});

test("puts channels last", () => {
  const conversion = fit([3, 1, 2], ["n", 1, 2, 3]);
  assert.deepEqual([conversion.shape, conversion.channelAxis], [[1, 2, 3], 2]);
  assert.deepEqual([...convert(twoPixels, 2, conversion)], [1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400]);
});

test("shows a grey image to all three channels, first or last", () => {
  const grey = Float32Array.of(1, 2, 3, 4);
  const first = fit([1, 1, 2], ["n", 3, 1, 2]);
  assert.deepEqual([...convert(grey, 2, first)], [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
  const last = fit([1, 1, 2], ["n", 1, 2, 3]);
  assert.deepEqual([last.channelAxis, ...convert(grey, 2, last)], [2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  assert.throws(() => fit([1, 3, 3], ["n", 3, 3, 3]), { code: "probe/ambiguous-layout" });
});

test("adds a missing channel axis and drops one of size 1", () => {
  assert.deepEqual(shapeFor([28, 28], ["n", 1, 28, 28]), [[1, 28, 28], 0]);
  assert.deepEqual(shapeFor([28, 28], ["n", 28, 28, 1]), [[28, 28, 1], 2]);
  assert.deepEqual(shapeFor([28, 28], ["n", 3, 28, 28]), [[3, 28, 28], 0]);
  assert.deepEqual(shapeFor([1, 28, 28], ["n", 28, 28]), [[28, 28], 0]);
  assert.deepEqual(shapeFor([1, 28, 28], ["n", "h", "w"]), [[28, 28], 0]);
});

test("flattens images and folds vectors", () => {
  assert.deepEqual(shapeFor([1, 28, 28], ["n", 784]), [[784], 0]);
  assert.deepEqual(shapeFor([1, 28, 28], ["n", "pixels"]), [[784], 0]);
  assert.deepEqual(shapeFor([784], ["n", 1, 28, 28]), [[1, 28, 28], 0]);
  assert.deepEqual(shapeFor([3072], ["n", 32, 32, 3]), [[32, 32, 3], 2]);
  assert.deepEqual(shapeFor([784], ["n", 1, "h", 28]), [[1, 28, 28], 0]);
});

test("says both shapes and what to do where nothing leads there", () => {
  assert.throws(() => fit([3, 32, 32], ["n", 3, 224, 224]), {
    code: "probe/shape-mismatch",
    message: /3 × 32 × 32.*n × 3 × 224 × 224/,
    hint: /224 × 224/,
  });
  assert.throws(() => fit([3, 32, 32], [undefined, 1, 32, 32]), { code: "probe/shape-mismatch", hint: /grey/ });
  for (const [sample, model] of [
    [[784], ["n", 1, 27, 28]],
    [[784], ["n", "c", "h", 28]],
    [[10], ["n", 12]],
    [
      [2, 32, 32],
      ["n", 3, 32, 32],
    ],
    [
      [4, 6],
      ["n", 6, 4],
    ],
  ] as const) {
    assert.throws(() => fit(sample, model), { code: "probe/shape-mismatch" }, `${sample} → ${model}`);
  }
});

test("reads the image size off a model's input", () => {
  assert.deepEqual(imageSize(["n", 3, 224, 192]), [224, 192]);
  assert.deepEqual(imageSize(["n", 224, 192, 3]), [224, 192]);
  assert.deepEqual(imageSize([1, 1, 28, 28]), [28, 28]);
  assert.equal(imageSize(["n", 3, "h", "w"]), undefined);
  assert.equal(imageSize(["n", 784]), undefined);
});
