import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../../src/compute/backends/onnxRuntime.ts";
import { checkProgram } from "../../../../../src/core/graph/check.ts";
import { makeNode, makeProgram } from "../../../../../src/core/graph/graph.ts";
import type { Tap } from "../../../../../src/core/graph/tap.ts";
import { float32Tensor } from "../../../../../src/core/graph/tensor.ts";
import { descentProgram, type Inverted } from "../../../../../src/core/methods/inversion/descentProgram.ts";
import type { Rectifier } from "../../../../../src/core/methods/inversion/presets.ts";
import { value } from "../../../../fixtures/onnxPrograms.ts";

/** relu(W (x − mean) / std) of vectors of three, with a classifier behind that is not needed. */
const weights = [1, -2, 0.5, -1, 0.25, 3];
const [mean, std] = [0.4, 0.5];
const tap: Tap = { name: "r", value: "r", op: "Relu", shape: ["n", 2], width: 2, sampleAxis: 0, folded: [] };
const network: Inverted = {
  program: makeProgram({
    name: "test",
    inputs: [value("x", ["batch", 3])],
    outputs: [value("y", ["batch", 1])],
    nodes: [
      makeNode("MatMul", ["x", "w"], ["h"]),
      makeNode("Relu", ["h"], ["r"]),
      makeNode("MatMul", ["r", "classifier"], ["y"]),
    ],
    initializers: new Map([
      ["w", float32Tensor([3, 2], weights)],
      ["classifier", float32Tensor([2, 1], [1, 1])],
    ]),
  }),
  input: value("x", ["batch", 3]),
  conversion: { shape: [3], channelAxis: 0, order: undefined },
  normalisation: { mean: [mean], std: [std] },
  tap,
  batch: "free",
};

const hidden = (x: readonly number[]): number[] =>
  [0, 1].map((j) => x.reduce((sum, pixel, i) => sum + ((pixel - mean) / std) * weights[2 * i + j]!, 0));
const residual = (x: readonly number[], target: readonly number[]): number =>
  Math.hypot(...hidden(x).map((h, j) => Math.max(0, h) - target[j]!)) / Math.hypot(...target);

async function run(rectifier: Rectifier, images: readonly (readonly number[])[], target: readonly number[]) {
  const descent = descentProgram(network, { profile: "cpu", rectifier });
  checkProgram(descent.program);
  const session = await onnxRuntime("auto", 1).load(descent.program);
  const count = images.length;
  const found = await session.run(
    new Map([
      [descent.pixels, { shape: [count, 3], data: Float32Array.from(images.flat()) }],
      [descent.target, { shape: [count, 2], data: Float32Array.from(images.flatMap(() => target)) }],
    ]),
  );
  await session.release();
  const [residuals, gradients] = [descent.residual, descent.gradient].map(
    (name) => found.get(name)!.data as Float32Array,
  );
  return { residuals: residuals!, gradients: gradients!, program: descent.program };
}

describe("the program of a descent", () => {
  const images = [
    [0.9, 0.1, 0.8],
    [0.6, 0.3, 0.7],
  ];
  const target = [0.5, 2];

  test("gives each image's residual and its gradient, normalisation inside", async () => {
    const { residuals, gradients } = await run("exact", images, target);
    for (const [k, image] of images.entries()) {
      assert.ok(Math.abs(residuals[k]! - residual(image, target)) < 1e-6);
      for (let i = 0; i < 3; i++) {
        const by = (step: number) => residual(image.with(i, image[i]! + step), target);
        const slope = (by(1e-5) - by(-1e-5)) / 2e-5;
        assert.ok(Math.abs(gradients[3 * k + i]! - slope) < 1e-4, `${gradients[3 * k + i]} for ${slope}`);
      }
    }
  });

  test("leaves out what lies behind the tap", async () => {
    const { program } = await run("exact", images, target);
    assert.ok(program.graph.nodes.every(({ inputs }) => !inputs.includes("classifier")));
  });

  test("is finite where an image is its own target, and where a target is nothing", async () => {
    const own = hidden(images[0]!).map((h) => Math.max(0, h));
    for (const aim of [own, [0, 0]]) {
      const { residuals, gradients } = await run("exact", images, aim);
      assert.ok([...residuals, ...gradients].every(Number.isFinite));
    }
  });

  test("can pass the last rectifier straight through", async () => {
    const dead = [[0.1, 0.9, 0]];
    assert.ok(hidden(dead[0]!).every((h) => h < 0));
    assert.ok((await run("exact", dead, target)).gradients.every((slope) => slope === 0));
    assert.ok((await run("straight-through", dead, target)).gradients.some((slope) => slope !== 0));
  });
});
