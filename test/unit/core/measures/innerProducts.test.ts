import assert from "node:assert/strict";
import { test } from "node:test";
import { addInnerProducts, padded } from "../../../../src/core/measures/innerProducts.ts";
import { normals } from "./samples.ts";

/** A padded matrix of small whole numbers, whose products are exact in any order. */
function integers(seed: number, rows: number, depth: number): Float64Array {
  const next = normals(seed);
  return new Float64Array(padded(rows) * depth).map((_, at) => (at < rows * depth ? Math.round(4 * next()) : 0));
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, depth: number): number {
  let sum = 0;
  for (let t = 0; t < depth; t++) sum += a[i * depth + t]! * b[j * depth + t]!;
  return sum;
}

test("padded is the next multiple of three", () => {
  assert.deepEqual([0, 1, 3, 4].map(padded), [0, 3, 3, 6]);
});

test("every inner product of any shape, added to what is there", () => {
  for (const [rows, columns, depth] of [
    [1, 1, 1],
    [3, 3, 4],
    [4, 7, 512],
    [7, 2, 1300],
  ] as const) {
    const a = integers(rows, rows, depth);
    const b = integers(90 + columns, columns, depth);
    const out = new Float64Array(padded(rows) * padded(columns)).fill(1);
    addInnerProducts(a, padded(rows), b, padded(columns), depth, out, false);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) assert.equal(out[i * padded(columns) + j], 1 + dot(a, i, b, j, depth));
    }
  }
});

test("upper leaves out the tiles below the diagonal and nothing else", () => {
  const a = integers(5, 8, 20);
  const out = new Float64Array(9 * 9);
  addInnerProducts(a, 9, a, 9, 20, out, true);
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      const left = Math.floor(j / 3) < Math.floor(i / 3);
      assert.equal(out[i * 9 + j], left ? 0 : dot(a, i, a, j, 20));
    }
  }
});
