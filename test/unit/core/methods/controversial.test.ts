import assert from "node:assert/strict";
import { test } from "node:test";
import { controversialLoss } from "../../../../src/core/methods/controversial.ts";

const pull = (residual: number, ...gradient: number[]) => ({ residual, gradient: Float32Array.from(gradient) });

test("the loss is what the one sees less a tenth of what the other misses, up to the cap", () => {
  const near = controversialLoss(pull(0.5, 1, 2), pull(0.25, 10, -20));
  assert.equal(near.residual, 0.475);
  assert.deepEqual([...near.gradient], [0, 4]);
  const far = controversialLoss(pull(0.5, 1, 2), pull(3, 10, -20));
  assert.equal(far.residual, 0.4);
  assert.deepEqual([...far.gradient], [1, 2]);
});
