import assert from "node:assert/strict";
import { test } from "node:test";
import { gramOf } from "../../../../../src/core/measures/gram.ts";
import { cosines } from "../../../../../src/core/methods/inversion/cosines.ts";

test("cosines are those of the centred rows", () => {
  // Centred on (1, 1): (1, 0), (0, 1), (−1, 0), (0, −1).
  const rows = Float64Array.of(2, 1, 1, 2, 0, 1, 1, 0);
  assert.deepEqual(cosines(gramOf(rows, 4, 2)), [
    [1, 0, -1, 0],
    [0, 1, 0, -1],
    [-1, 0, 1, 0],
    [0, -1, 0, 1],
  ]);
});

test("a sample in the middle of all has none", () => {
  const rows = Float32Array.of(3, 1, 2);
  assert.deepEqual(cosines(gramOf(rows, 3, 1)), [
    [1, -1, null],
    [-1, 1, null],
    [null, null, null],
  ]);
});
