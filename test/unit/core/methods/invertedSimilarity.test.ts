import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gramOf } from "../../../../src/core/measures/gram.ts";
import { overRepeats } from "../../../../src/core/methods/inversion/ckaMatrices.ts";
import type { InvertedGrams } from "../../../../src/core/methods/inversion/invertedGrams.ts";
import { jonesMatrix, naturalMatrix } from "../../../../src/core/methods/jones.ts";
import { selfStirMatrix, stirMatrix } from "../../../../src/core/methods/stir.ts";
import { random } from "../../../../src/core/probe/random.ts";

const [images, width] = [24, 6];
const draw = random(5);
const rows = () => Float32Array.from({ length: images * width }, () => draw() - 0.5);

/** Biased linear CKA of features, by its definition. */
function cka(x: Float32Array, y: Float32Array): number {
  const centred = (z: Float32Array) =>
    z.map((value, k) => {
      let sum = 0;
      for (let s = 0; s < images; s++) sum += z[s * width + (k % width)]!;
      return value - sum / images;
    });
  const product = (a: Float32Array, b: Float32Array) => {
    let squares = 0;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (let s = 0; s < images; s++) sum += a[s * width + i]! * b[s * width + j]!;
        squares += sum * sum;
      }
    }
    return squares;
  };
  const [a, b] = [centred(x), centred(y)];
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe("similarity on inverted images", () => {
  const targets = [rows(), rows()];
  const inverted = [
    [rows(), rows()],
    [rows(), rows()],
  ];
  const gram = (values: Float32Array) => gramOf(values, images, width);
  const grams: InvertedGrams = { targets: targets.map(gram), inverted: inverted.map((row) => row.map(gram)) };
  const near = (found: number | null | undefined, expected: number) =>
    assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-5, `${found} for ${expected}`);

  test("holds the row's model's view of its inversions against the column's (Jones)", () => {
    const { biased, unbiased } = jonesMatrix(grams);
    for (const [i, row] of inverted.entries()) for (const j of [0, 1]) near(biased[i]?.[j], cka(row[i]!, row[j]!));
    near(unbiased[1]?.[1], 1);
    const natural = naturalMatrix(grams).biased;
    near(natural[0]?.[1], cka(targets[0]!, targets[1]!));
    near(natural[1]?.[0], natural[0]?.[1] ?? Number.NaN);
  });

  test("holds the column's model's views of targets and inversions against each other (STIR)", () => {
    const { biased } = stirMatrix(grams);
    for (const [i, row] of inverted.entries()) for (const j of [0, 1]) near(biased[i]?.[j], cka(targets[j]!, row[j]!));
    const self = selfStirMatrix(grams).biased;
    for (const i of [0, 1]) for (const j of [0, 1]) near(self[i]?.[j], cka(targets[i]!, inverted[i]![i]!));
  });

  test("is averaged over repeats, with its spread", () => {
    const matrices = [0.5, 0.7, 0.9].map((value) => ({ biased: [[value]], unbiased: [[value - 0.1]] }));
    const { biased, unbiased, biasedDeviation } = overRepeats([...matrices]);
    near(biased[0]?.[0], 0.7);
    near(unbiased[0]?.[0], 0.6);
    near(biasedDeviation?.[0]?.[0], 0.2);
    assert.equal(overRepeats([...matrices, { biased: [[null]], unbiased: [[1]] }]).biased[0]?.[0], null);
  });
});
