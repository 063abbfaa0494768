import assert from "node:assert/strict";
import { test } from "node:test";
import { inputWarnings } from "../../../../src/core/probe/inputWarnings.ts";

const none = { mean: [], std: [], source: "none" } as const;

function codes(values: readonly number[], source: "none" | "command line" = "none"): string[] {
  return inputWarnings(Float32Array.from(values), { ...none, source }, "a.onnx").map(({ code }) => code);
}

test("bytes that nothing scales are noticed", () => {
  assert.deepEqual(codes([0, 128, 255]), ["preprocess/unscaled"]);
  assert.deepEqual(codes([0, 128, 255], "command line"), []);
  assert.deepEqual(codes([0, 0.5, 1]), []);
  assert.deepEqual(codes([-2, 17]), []);
  assert.deepEqual(codes([0, 4000]), []);
});

test("so are values that are no numbers", () => {
  assert.deepEqual(codes([0, Number.NaN]), ["probe/not-finite"]);
  assert.deepEqual(codes([Number.POSITIVE_INFINITY], "command line"), ["probe/not-finite"]);
});
