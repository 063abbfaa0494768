import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LinearModel } from "../../../../../src/core/methods/inversion/linearModel.ts";
import { vectorBytes, vectorKernels } from "../../../../../src/core/methods/inversion/vectorKernels.ts";
import { randomNumbers } from "../../../../fixtures/finiteDifferences.ts";

function vector(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, random);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("kernels of long vectors", () => {
  test("give inner products and sums", () => {
    const [length, random] = [1000, randomNumbers(2)];
    const [a, b] = [vector(length, random), vector(length, random)];
    const bytes = 4 * length;
    assert.equal(bytes % vectorBytes, 0);
    const { memory, dot: product, addScaled } = vectorKernels(2 * bytes);
    const [first, second] = [new Float32Array(memory, 0, length), new Float32Array(memory, bytes, length)];
    first.set(a);
    second.set(b);
    assert.ok(Math.abs(product(0, bytes, bytes) - dot(a, b)) < 1e-4);
    addScaled(0, bytes, bytes, -1.5);
    assert.ok(first.every((x, i) => Math.abs(x - (a[i]! - 1.5 * b[i]!)) < 1e-6));
    assert.deepEqual([...second], [...b]);
  });
});

describe("a linear model of the last evaluations", () => {
  const [pixels, memory] = [37, 3];
  const random = randomNumbers(4);
  const units = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0.6, 0.8],
    [0, 0, 1],
  ].map((row) => Float32Array.from(row));
  const gradients = units.map(() => vector(pixels, random));

  test("takes a difference away where it has a row for each of its directions, and forgets the oldest", () => {
    const model = new LinearModel(pixels, memory, 0);
    for (const [i, unit] of units.entries()) model.add(unit, gradients[i]!);
    // What the rows kept say of the difference's change: uᵀ J · move = g · move.
    const difference = Float32Array.of(0.3, -0.2, 0.5);
    const move = model.move(difference, 1e-9);
    for (const i of [1, 2, 3]) assert.ok(Math.abs(dot(gradients[i]!, move) + dot(units[i]!, difference)) < 1e-4);
    assert.ok(Math.abs(dot(gradients[0]!, move) + 0.3) > 1e-3);
  });

  test("moves less the more it is damped, and trusts old rows less", () => {
    const [level, aging] = [new LinearModel(pixels, memory, 0), new LinearModel(pixels, memory, 10)];
    for (const model of [level, aging]) for (const i of [0, 1]) model.add(units[i]!, gradients[i]!);
    const length = (model: LinearModel, of: Float32Array, damping: number) => Math.hypot(...model.move(of, damping));
    const [older, newer] = [units[0]!, units[1]!];
    assert.ok(length(level, older, 1) < length(level, older, 0.1));
    assert.ok(length(aging, older, 1) < 0.5 * length(level, older, 1));
    assert.ok(Math.abs(length(aging, newer, 1) / length(level, newer, 1) - 1) < 0.2);
  });
});
