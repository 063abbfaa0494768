import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileSource } from "../../../../src/compute/files.ts";
import { recogniseSequential } from "../../../../src/core/architectures/sequential/recogniseSequential.ts";
import { Failure } from "../../../../src/core/failure.ts";
import type { ModuleRecord, WeightSet } from "../../../../src/core/formats/checkpoint.ts";
import { readTorch } from "../../../../src/core/formats/torch/reader.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { listTaps } from "../../../../src/core/graph/taps.ts";
import type { Tensor } from "../../../../src/core/graph/tensor.ts";
import { firstOutput, readEncodedNetwork, worstDifference } from "../../../fixtures/encodedNetwork.ts";

/** Chains of layers with random weights, and what PyTorch computes (`test/fixtures/sequential/make_sequentials.py`). */

const folder = join(import.meta.dirname, "../../../fixtures/sequential");
const load = (name: string) => readEncodedNetwork(join(folder, `${name}.json`));
const tolerance = 1e-5;

/** Weights by name, of zeros. */
function zeros(shapes: Readonly<Record<string, readonly number[]>>): WeightSet {
  const tensors = Object.entries(shapes).map(([name, shape]): [string, Tensor] => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "float32", shape, bytes: () => new Uint8Array(4 * count) }];
  });
  return { tensors: new Map(tensors), inModuleOrder: true };
}

describe("a sequence of layers, from the numbers in its names", () => {
  for (const [name, ...evidence] of [
    ["plain", /ReLU at 2, 4, 7, 12;/, /max-pooling at 5, 8;/, /flattening at 9;/, /stride 1 and padding 1 in 0, 3/],
    [
      "featuresAndClassifier",
      /ReLU at features\.1, features\.4, classifier\.2;/,
      /max-pooling at features\.2, features\.5/,
    ],
    ["average", /a mean of each channel at 4/],
    ["perceptron", /flattening at 0/],
  ] as const) {
    test(`${name}: PyTorch's output, and what was assumed`, async (t) => {
      const { weights, input, output } = load(name);
      const found = recogniseSequential(weights);
      assert.ok(found);
      t.diagnostic(found.evidence);
      for (const part of evidence) assert.match(found.evidence, part);
      assert.deepEqual(found.sampleShape, input.shape.slice(1));
      const theirs = toFloat32(output);
      const off = worstDifference(await firstOutput(found.program(), input), theirs);
      const scale = Math.max(1, ...theirs.map(Math.abs));
      t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)} of ${scale.toFixed(1)}`);
      assert.ok(off <= tolerance * scale);
    });
  }

  test("taps carry the numbers, those of layers without weights, too", () => {
    const taps = listTaps(recogniseSequential(load("plain").weights)!.program(), "input", [1, 28, 28]);
    assert.deepEqual(
      taps.map(({ name }) => name),
      ["0", "1", "2", "3", "4", "5", "6", "7", "8", "10", "11", "12", "14"],
    );
  });

  test("samples of a size that no usual choice takes are refused", () => {
    const found = recogniseSequential(load("plain").weights);
    assert.throws(
      () => found?.program([1, 5, 5]),
      (error) =>
        error instanceof Failure && error.code === "architecture/sample-shape" && /donor/.test(error.hint ?? ""),
    );
  });

  test("what no chain of layers explains is not guessed at", () => {
    const chain = { "0.weight": [4, 1, 3, 3], "2.weight": [5, 100] };
    assert.ok(recogniseSequential(zeros({ "0.weight": [4, 1, 3, 3], "2.weight": [5, 3136] })));
    assert.equal(
      recogniseSequential(zeros(chain)),
      undefined,
      "100 features are no square of 4 channels with usual sides",
    );
    assert.equal(recogniseSequential(zeros({ "0.weight": [4, 1, 3, 3], "2.weight": [3, 4, 3, 3] })), undefined);
    assert.equal(recogniseSequential(zeros({ "0.weight": [8, 4], "2.weight": [8, 9] })), undefined);
    assert.equal(recogniseSequential(zeros({ "0.weight": [8, 4], "head.weight": [8, 8] })), undefined);
    assert.equal(recogniseSequential(zeros({ "0.weight": [8, 4], "2.scale": [8] })), undefined);
    assert.equal(recogniseSequential(zeros({})), undefined);
  });

  test("many layers of many sizes are given up on in time", () => {
    const shapes = Object.fromEntries(
      Array.from({ length: 40 }, (_, i): [string, number[]] => [`${2 * i}.weight`, [1, 1, 1 + (i % 20), 1 + (i % 20)]]),
    );
    const start = performance.now();
    assert.equal(recogniseSequential(zeros({ ...shapes, "999.weight": [7, 12345] })), undefined);
    assert.ok(performance.now() - start < 3000);
  });
});

describe("a sequence of layers, as a whole module records it", () => {
  test("nothing is assumed", async (t) => {
    const { input, output } = load("recorded");
    const { weights, provenance } = readTorch(fileSource(join(folder, "recorded.pt")));
    const found = recogniseSequential(weights, provenance.modules);
    assert.match(found?.evidence ?? "", /records all 15 layers/);
    const off = worstDifference(await firstOutput(found!.program(), input), toFloat32(output));
    t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)}`);
    assert.ok(off <= tolerance);
  });

  test("a class that is not known, or a module of another kind, is no sequence", () => {
    const { weights, provenance } = readTorch(fileSource(join(folder, "recorded.pt")));
    const of = (className: string): ModuleRecord => ({ className, attributes: new Map() });
    const strange = new Map(provenance.modules).set("head.2", of("mine.Activation"));
    const other = new Map(provenance.modules).set("", of("mine.Net"));
    const dilated = new Map(provenance.modules).set("tail.0", {
      className: "torch.nn.modules.pooling.MaxPool2d",
      attributes: new Map([
        ["kernel_size", 3],
        ["dilation", 2],
      ]),
    });
    for (const modules of [strange, other, dilated]) assert.equal(recogniseSequential(weights, modules), undefined);
  });
});
