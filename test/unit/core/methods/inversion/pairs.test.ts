import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkPairs,
  choosePairs,
  parsePairs,
  sameClassPairs,
} from "../../../../../src/core/methods/inversion/pairs.ts";
import { drawnSeed } from "../../../../../src/core/methods/inversion/seeds.ts";
import { isFailure } from "./failures.ts";

describe("pairs of seeds and targets", () => {
  const labels = Int32Array.from({ length: 50 }, (_, i) => (i * i) % 4);

  test("have seeds of another class, the same every time", () => {
    const pairs = choosePairs(50, labels, "other-class", 3);
    assert.equal(sameClassPairs(pairs, labels), 0);
    assert.deepEqual(pairs, choosePairs(50, labels, "other-class", 3));
    assert.notDeepEqual(pairs.seeds, choosePairs(50, labels, "other-class", 4).seeds);
    assert.deepEqual(pairs.targets.slice(0, 3), [0, 1, 2]);
  });

  test("never are one sample twice", () => {
    for (const kind of ["other-class", "image"] as const) {
      const { seeds, targets } = choosePairs(50, undefined, kind, 0);
      assert.ok(seeds.every((seed, i) => seed !== targets[i]));
    }
    assert.deepEqual(choosePairs(50, labels, "noise", 0).seeds, []);
  });

  test("are read as written, or refused", () => {
    assert.deepEqual(parsePairs({ seeds: [1, 2], targets: [3, 4] }, "p", true), { seeds: [1, 2], targets: [3, 4] });
    assert.deepEqual(parsePairs({ targets: [3, 4] }, "p", false), { seeds: [], targets: [3, 4] });
    for (const wrong of [
      null,
      [],
      {},
      { targets: [0.5] },
      { targets: [-1] },
      { seeds: [1], targets: [1, 2] },
      { targets: [1] },
    ]) {
      assert.throws(() => parsePairs(wrong, "p", true), isFailure("inversion/pairs"));
    }
    const four = { seeds: [0, 1, 2, 3], targets: [4, 5, 6, 7] };
    checkPairs(four, 8);
    assert.throws(() => checkPairs(four, 7), isFailure("inversion/pairs"));
    assert.throws(() => checkPairs({ seeds: [0], targets: [1] }, 8), isFailure("inversion/too-few"));
  });
});

describe("seeds that are drawn", () => {
  test("are the same for the same numbers and others for others", () => {
    for (const kind of ["noise", "grey", "fourier"] as const) {
      const seed = drawnSeed(kind, [3, 8, 6], 1, 0, 5);
      assert.deepEqual(seed, drawnSeed(kind, [3, 8, 6], 1, 0, 5));
      assert.notDeepEqual(seed, drawnSeed(kind, [3, 8, 6], 1, 1, 5));
    }
  });

  test("have the moments they should have", () => {
    const [mean, spread] = moments(drawnSeed("noise", [3, 64, 64], 0, 0, 0));
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(spread - 1) < 0.03);
    const [grey, noise] = moments(drawnSeed("grey", [3, 64, 64], 0, 0, 0));
    assert.ok(Math.abs(grey - 0.5) < 0.002 && Math.abs(noise - 0.05) < 0.002);
    const spectrum = drawnSeed("fourier", [1, 16, 16], 0, 0, 0);
    assert.ok(spectrum.every((pixel) => pixel > 0 && pixel < 1));
    assert.throws(() => drawnSeed("fourier", [16], 0, 0, 0), isFailure("inversion/seed-kind"));
  });
});

function moments(values: Float32Array): readonly [mean: number, spread: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}
