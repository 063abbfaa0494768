import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockGram, blockRuns } from "../../../../src/core/methods/blockGrams.ts";

const samples = 23;
const width = 7;
const x = Float64Array.from({ length: samples * width }, (_, i) => Math.sin(i * 12.9898) * 3 + 5);

/** X Xᵀ of some samples, centred over themselves, as one run of the engine gives it. */
function centredGram(chosen: readonly number[]): { square: Float32Array; offset: number } {
  const mean = new Float64Array(width);
  for (const s of chosen) for (let c = 0; c < width; c++) mean[c]! += x[s * width + c]! / chosen.length;
  const gram = new Float32Array(chosen.length ** 2);
  for (const [i, s] of chosen.entries()) {
    for (const [j, t] of chosen.entries()) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += (x[s * width + c]! - mean[c]!) * (x[t * width + c]! - mean[c]!);
      gram[i * chosen.length + j] = sum;
    }
  }
  return { square: gram, offset: mean.reduce((sum, m) => sum + m * m, 0) };
}

/** H K H of a packed Gram, in float64. */
function doubleCentred(packed: Float32Array): Float64Array {
  const full = new Float64Array(samples * samples);
  let index = 0;
  for (let i = 0; i < samples; i++) {
    for (let j = i; j < samples; j++) full[i * samples + j] = full[j * samples + i] = packed[index++]!;
  }
  const means = Float64Array.from({ length: samples }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < samples; j++) sum += full[i * samples + j]!;
    return sum / samples;
  });
  const mean = means.reduce((a, b) => a + b) / samples;
  return full.map((value, at) => value - means[Math.floor(at / samples)]! - means[at % samples]! + mean);
}

function assemble(capacity: number): Float32Array {
  const gram = new BlockGram(samples);
  for (const run of blockRuns(samples, capacity)) {
    gram.add(run, centredGram(run.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i))));
  }
  return gram.packed;
}

test("every pair of samples meets in a run of at most the capacity", () => {
  for (const capacity of [2, 3, 5, 8, 16, 22, 23, 64]) {
    const met = new Set<string>();
    for (const run of blockRuns(samples, capacity)) {
      const members = run.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
      assert.ok(members.length <= capacity);
      for (const i of members) for (const j of members) met.add(`${i},${j}`);
    }
    assert.equal(met.size, samples * samples, `capacity ${capacity}`);
  }
});

test("a Gram assembled from runs that centre on their own samples centres to the Gram of one run", () => {
  const whole = doubleCentred(assemble(samples));
  for (const capacity of [4, 7, 10, 16]) {
    const parts = doubleCentred(assemble(capacity));
    const largest = Math.max(...whole.map(Math.abs));
    const worst = Math.max(...parts.map((value, i) => Math.abs(value - whole[i]!)));
    assert.ok(worst <= 1e-6 * largest, `capacity ${capacity}: ${worst / largest}`);
  }
});
