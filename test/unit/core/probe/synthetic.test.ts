import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { random } from "../../../../src/core/probe/random.ts";
import { syntheticSample } from "../../../../src/core/probe/synthetic.ts";

test("random numbers are uniform and depend on every seed", () => {
  const source = random(1, 2);
  const values = Array.from({ length: 100_000 }, source);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Five standard errors of the mean of a uniform variable.
  assert.ok(Math.abs(mean - 0.5) < (5 * Math.sqrt(1 / 12)) / Math.sqrt(values.length));
  assert.ok(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24)));
  assert.notEqual(random(1, 2)(), random(2, 1)());
  assert.notEqual(random(0, 0)(), random(0)());
});

test("images are the same bits on every machine", () => {
  const hash = createHash("sha256");
  for (let index = 0; index < 4; index++) hash.update(new Uint8Array(syntheticSample([3, 32, 32], 0, index).buffer));
  assert.equal(hash.digest("hex"), "78567fbc0482a899040f1ccc22ecf0a458050db1a4ac59f79ca64730a0beae40");
});

test("images differ, fill the range and are smooth as natural ones are", () => {
  const [a, b, c] = [
    syntheticSample([3, 32, 32], 0, 0),
    syntheticSample([3, 32, 32], 0, 1),
    syntheticSample([3, 32, 32], 1, 0),
  ];
  assert.notDeepEqual(a, b);
  assert.notDeepEqual(a, c);
  let [sum, squares, products, steps] = [0, 0, 0, 0];
  const images = Array.from({ length: 64 }, (_, i) => syntheticSample([1, 32, 32], 5, i));
  for (const image of images) {
    assert.ok(image.every((value) => value >= 0 && value <= 1));
    for (const [i, value] of image.entries()) {
      sum += value;
      squares += value * value;
      if (i % 32 === 31) continue;
      products += value * image[i + 1]!;
      steps++;
    }
  }
  const mean = sum / (64 * 1024);
  const variance = squares / (64 * 1024) - mean * mean;
  assert.ok(variance > 0.01, `variance ${variance}`);
  // Neighbouring pixels of photographs correlate at 0.9 and more.
  const correlation = (products / steps - mean * mean) / variance;
  assert.ok(correlation > 0.85 && correlation < 1, `correlation ${correlation}`);
});

test("other shapes get uniform noise", () => {
  const vector = syntheticSample([1000], 0, 0);
  assert.ok(Math.min(...vector) < 0.02 && Math.max(...vector) > 0.98);
});
