import assert from "node:assert/strict";
import { test } from "node:test";
import { SaliencySums } from "../../../../src/core/methods/saliency.ts";

test("cosines of gradients are averaged over images, with their standard error", () => {
  const sums = new SaliencySums(2);
  const other = [
    [1, 0],
    [0, 2],
    [-3, 0],
  ];
  for (const gradient of other) sums.take([Float32Array.of(4, 0), gradient]);
  // 1, 0 and −1: a mean of 0 and a deviation of 1.
  const { mean, error } = sums.result;
  assert.deepEqual(mean, [
    [1, 0],
    [0, 1],
  ]);
  assert.deepEqual(error, [
    [0, Math.sqrt(1 / 3)],
    [Math.sqrt(1 / 3), 0],
  ]);
});

test("what has no direction has no cosine", () => {
  const sums = new SaliencySums(3);
  sums.take([[1, 1], undefined, [0, 0]]);
  sums.take([[1, 2], undefined, [2, -1]]);
  const { mean, error } = sums.result;
  assert.deepEqual(mean, [
    [1, null, 0],
    [null, null, null],
    [0, null, 1],
  ]);
  assert.deepEqual(error[0], [0, null, null]);
});
