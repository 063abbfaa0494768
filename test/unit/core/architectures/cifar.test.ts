import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { recogniseCifar } from "../../../../src/core/architectures/cifar/recogniseCifar.ts";
import type { WeightSet } from "../../../../src/core/formats/checkpoint.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { listTaps } from "../../../../src/core/graph/taps.ts";
import { float32Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { firstOutput, readEncodedNetwork, worstDifference } from "../../../fixtures/encodedNetwork.ts";

/** Narrow networks of each family with random weights, and what PyTorch computes (`test/fixtures/cifar/make_families.py`). */

const load = (name: string) => readEncodedNetwork(join(import.meta.dirname, `../../../fixtures/cifar/${name}.json`));
const tolerance = 1e-5;

function renamed(weights: WeightSet, rename: (name: string) => string): WeightSet {
  return { ...weights, tensors: new Map([...weights.tensors].map(([name, tensor]) => [rename(name), tensor])) };
}

describe("networks for small images, from names and shapes", () => {
  for (const [fixture, name] of [
    ["basic", "CIFAR ResNet-12 (as by kuangliu)"],
    ["bottleneck", "CIFAR ResNet-17 (as by kuangliu)"],
    ["preActivation", "CIFAR Pre-activation ResNet-12 (as by kuangliu)"],
    ["residualFunction", "CIFAR ResNet-18 (as by weiaicunzai)"],
    ["residualBottleneck", "CIFAR ResNet-26 (as by weiaicunzai)"],
    ["vgg", "CIFAR VGG-11 (as by kuangliu)"],
    ["wide", /^Wide ResNet-16-/],
  ] as const) {
    test(`${fixture}: PyTorch's output`, async (t) => {
      const { weights, input, output } = load(fixture);
      const found = recogniseCifar(weights);
      assert.ok(found);
      if (typeof name === "string") assert.equal(found.name, name);
      else assert.match(found.name, name);
      assert.equal(found.source, "family");
      assert.match(found.evidence, new RegExp(`all ${weights.tensors.size} tensors`));
      const theirs = toFloat32(output);
      const off = worstDifference(await firstOutput(found.program(), input), theirs);
      const scale = Math.max(1, ...theirs.map(Math.abs));
      t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)} of ${scale.toFixed(1)}`);
      assert.ok(off <= tolerance * scale);
    });
  }

  test("taps carry the modules' names", () => {
    const taps = listTaps(recogniseCifar(load("basic").weights)!.program(), "input", [3, 32, 32]);
    const names = taps.map(({ name }) => name);
    for (const name of ["conv1", "layer1.0.bn2", "layer2.0.shortcut.1", "layer4.0"])
      assert.ok(names.includes(name), name);
    assert.equal(names.at(-1), "linear");
  });

  test("one tensor more, one less or of another shape is another network", () => {
    const { weights } = load("basic");
    const one = float32Tensor([1], [0]);
    const more = { ...weights, tensors: new Map(weights.tensors).set("extra.weight", one) };
    const less = { ...weights, tensors: new Map(weights.tensors) };
    less.tensors.delete("layer1.1.bn2.bias");
    const other = { ...weights, tensors: new Map(weights.tensors).set("layer1.1.bn2.bias", one) };
    for (const each of [more, less, other]) assert.equal(recogniseCifar(each), undefined);
  });

  test("the robustness library's normalisation runs in front; the copy in its attacker is left alone", async () => {
    const { weights, input, output } = load("basic");
    const [mean, std] = [
      [0.4, 0.5, 0.6],
      [0.2, 0.3, 0.4],
    ] as const;
    const wrapped: WeightSet = {
      inModuleOrder: true,
      tensors: new Map<string, Tensor>([
        ["normalizer.new_mean", float32Tensor([3, 1, 1], mean)],
        ["normalizer.new_std", float32Tensor([3, 1, 1], std)],
        ...renamed(weights, (name) => `model.${name}`).tensors,
        ["attacker.normalize.new_mean", float32Tensor([3, 1, 1], mean)],
        ...renamed(weights, (name) => `attacker.model.${name}`).tensors,
      ]),
    };
    const pixels = toFloat32(input).map((x, i) => x * std[Math.floor(i / 1024) % 3]! + mean[Math.floor(i / 1024) % 3]!);
    const program = recogniseCifar(wrapped)?.program();
    assert.ok(program);
    const ours = await firstOutput(program, float32Tensor(input.shape, pixels));
    const theirs = toFloat32(output);
    assert.ok(worstDifference(ours, theirs) <= 2 * tolerance * Math.max(1, ...theirs.map(Math.abs)));
  });

  test("numbers of blocks are bounded by the names there are", () => {
    const tensors = new Map<string, Tensor>([["conv1.weight", float32Tensor([1, 1, 3, 3], new Array(9).fill(0))]]);
    assert.equal(recogniseCifar({ tensors, inModuleOrder: false }), undefined);
  });
});
