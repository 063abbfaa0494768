import assert from "node:assert/strict";
import { test } from "node:test";
import { gramOf, packedLength, packGram } from "../../../../src/core/measures/gram.ts";
import { noise, samplesOf } from "./samples.ts";

test("packs the upper triangle row by row", () => {
  const { packed, size } = packGram(Float32Array.of(1, 2, 3, -2, 4, 5, -3, -5, 6), 3);
  assert.deepEqual([size, packed], [3, Float32Array.of(1, 2, 3, 4, 5, 6)]);
  assert.equal(packedLength(3), 6);
});

test("noise is relative to the largest entry and to the centre that was subtracted", () => {
  assert.equal(packGram(Float32Array.of(1, -8, -8, 2), 2).noise, 8 * 2 ** -22);
  assert.equal(packGram(new Float32Array(4), 2, 1e6).noise, 1e6 * 2 ** -44);
  assert.ok(Number.isNaN(packGram(Float32Array.of(1, Number.NaN, Number.NaN, 2), 2).noise));
  assert.ok(Number.isNaN(packGram(Float32Array.of(1, 2, 2, Number.NEGATIVE_INFINITY), 2).noise));
});

test("the float64 Gram is that of centred features, at any width", () => {
  for (const width of [1, 3, 700]) {
    const { values, size } = noise(width, 10, width);
    const means = Array.from({ length: width }, (_, f) => {
      let sum = 0;
      for (let s = 0; s < size; s++) sum += values[s * width + f]!;
      return sum / size;
    });
    const { packed } = gramOf(values, size, width);
    let at = 0;
    for (let s = 0; s < size; s++) {
      for (let t = s; t < size; t++) {
        let expected = 0;
        for (let f = 0; f < width; f++) {
          expected += (values[s * width + f]! - means[f]!) * (values[t * width + f]! - means[f]!);
        }
        assert.ok(Math.abs(packed[at++]! - expected) <= 1e-12 * width);
      }
    }
  }
});

test("a constant representation has a Gram of exact zeros, and a large mean costs no digits", () => {
  const constant = samplesOf(7, 4, (_, f) => 0.1 + f);
  assert.ok(gramOf(constant.values, 7, 4).packed.every((entry) => entry === 0));
  const { values } = noise(1, 7, 4);
  const eighths = values.map((value) => Math.round(value * 8) / 8);
  const far = eighths.map((value) => value + 2 ** 30);
  const [near, moved] = [gramOf(eighths, 7, 4).packed, gramOf(far, 7, 4).packed];
  for (const [at, entry] of moved.entries()) assert.ok(Math.abs(entry - near[at]!) < 1e-13);
});
