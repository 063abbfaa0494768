import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { GraphBuilder } from "../../../../src/core/graph/builder.ts";
import { listTaps } from "../../../../src/core/graph/taps.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { multiHeadAttention } from "../../../../src/core/lowering/layers/attention.ts";
import { Layers } from "../../../../src/core/lowering/layers/layers.ts";
import { Parameters } from "../../../../src/core/lowering/layers/parameters.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Case {
  readonly weights: Readonly<Record<string, Numbers>>;
  readonly input: Numbers;
  readonly output: Numbers;
}

/** Made by PyTorch: see makeLayers.py beside it. */
const cases = JSON.parse(
  readFileSync(new URL("../../../fixtures/layers/layers.json", import.meta.url), "utf8"),
) as Record<string, Case>;

/** What each case is of ours. */
const ours: Readonly<Record<string, (layers: Layers, x: string) => string>> = {
  conv2d: (l, x) => l.conv2d("m", x, { padding: 1, out: 6, kernel: 3 }),
  "conv2d strided": (l, x) => l.conv2d("m", x, { stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 }),
  batchNorm: (l, x) => l.batchNorm("m", x, 1e-3),
  "batchNorm of features": (l, x) => l.batchNorm("m", x),
  layerNorm: (l, x) => l.layerNorm("m", x, 1e-6),
  linear: (l, x) => l.linear("m", x),
  "linear of tokens": (l, x) => l.linear("m", x),
  "linear without bias": (l, x) => l.linear("m", x),
  relu: (l, x) => l.relu("m", x),
  relu6: (l, x) => l.relu6("m", x),
  gelu: (l, x) => l.gelu("m", x),
  "gelu tanh": (l, x) => l.gelu("m", x, "tanh"),
  silu: (l, x) => l.silu("m", x),
  sigmoid: (l, x) => l.sigmoid("m", x),
  tanh: (l, x) => l.tanh("m", x),
  hardswish: (l, x) => l.hardswish("m", x),
  hardsigmoid: (l, x) => l.hardsigmoid("m", x),
  leakyRelu: (l, x) => l.leakyRelu("m", x, 0.1),
  softmax: (l, x) => l.softmax("m", x),
  maxPool: (l, x) => l.maxPool("m", x, { kernel: 3, stride: 2, padding: 1 }),
  "maxPool ceil": (l, x) => l.maxPool("m", x, { kernel: 2, ceil: true }),
  avgPool: (l, x) => l.avgPool("m", x, { kernel: 3, stride: 2, padding: 1 }),
  adaptiveAvgPool: (l, x) => l.adaptiveAvgPool("m", x),
  "adaptiveAvgPool uneven": (l, x) => l.adaptiveAvgPool("m", x, [3, 2]),
  "adaptiveAvgPool larger": (l, x) => l.adaptiveAvgPool("m", x, [9, 10]),
  multiHeadAttention: (l, x) => multiHeadAttention(l, "m", x, 2),
};

/** A network of one layer, its parameters under `m.`. */
function network(weights: Readonly<Record<string, Tensor>>, shape: readonly number[], build: (typeof ours)[string]) {
  const tensors = new Map(Object.entries(weights).map(([name, tensor]) => [`m.${name}`, tensor]));
  const builder = new GraphBuilder();
  const parameters = new Parameters({ tensors, inModuleOrder: true });
  const x = builder.input("x", "float32", ["batch", ...shape.slice(1)]);
  builder.output(build(new Layers(builder, parameters), x));
  return { program: builder.build("layer"), parameters };
}

const tensorOf = ({ shape, values }: Numbers) => float32Tensor(shape, values);

const conv = {
  weight: float32Tensor([6, 4, 3, 3], new Float32Array(216)),
  bias: float32Tensor([6], [1, 2, 3, 4, 5, 6]),
};

function failureOf(weights: Readonly<Record<string, Tensor>>, build: (typeof ours)[string]): Failure {
  try {
    network(weights, [2, 4, 7, 5], build);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("nothing was refused");
}

describe("layers", () => {
  const backend = onnxRuntime("cpu", 1);

  test("give PyTorch's numbers within 2·10⁻⁶", async () => {
    assert.deepEqual(Object.keys(ours), Object.keys(cases));
    for (const [name, { weights, input, output }] of Object.entries(cases)) {
      const given = Object.fromEntries(Object.entries(weights).map(([key, each]) => [key, tensorOf(each)]));
      const { program, parameters } = network(given, input.shape, ours[name]!);
      assert.deepEqual(parameters.left(), [], name);
      const session = await backend.load(program);
      const results = await session.run(new Map([["x", { ...input, data: Float32Array.from(input.values) }]]));
      await session.release();
      const [result] = results.values();
      assert.deepEqual(result?.shape, output.shape, name);
      const [type] = program.graph.outputs;
      assert.deepEqual(type?.shape, ["batch", ...output.shape.slice(1)], name);
      const scale = Math.max(...output.values.map(Math.abs));
      for (const [i, expected] of output.values.entries()) {
        const difference = Math.abs(Number(result?.data[i]) - expected) / scale;
        assert.ok(difference < 2e-6, `${name}: ${difference} at ${i}`);
      }
    }
  });

  test("name their results as forward hooks do", () => {
    for (const [name, { weights, input }] of Object.entries(cases)) {
      const given = Object.fromEntries(Object.entries(weights).map(([key, each]) => [key, tensorOf(each)]));
      const { program } = network(given, input.shape, ours[name]!);
      const taps = listTaps(program, "x", input.shape.slice(1));
      assert.equal(taps.at(-1)?.name, "m", name);
    }
  });

  test("refuse a parameter that is missing, of another shape or of integers, by name", () => {
    const build = ours.conv2d!;
    const missing = failureOf({ bias: conv.bias }, build);
    assert.equal(missing.code, "architecture/missing-weight");
    assert.match(missing.message, /m\.weight/);
    const narrow = failureOf({ ...conv, bias: float32Tensor([5], [1, 2, 3, 4, 5]) }, build);
    assert.equal(narrow.code, "architecture/weight-shape");
    assert.match(narrow.message, /m\.bias.*\[5\].*\[6\]/);
    const wide = failureOf({ ...conv, weight: float32Tensor([6, 4, 5, 5], new Float32Array(600)) }, build);
    assert.equal(wide.code, "architecture/weight-shape");
    const whole = failureOf({ ...conv, bias: int64Tensor([6], [1, 2, 3, 4, 5, 6]) }, build);
    assert.equal(whole.code, "architecture/weight-type");
    assert.equal(
      failureOf(conv, (l, x) => l.conv2d("m", l.relu("", x), { groups: 3 })).code,
      "architecture/weight-shape",
    );
  });

  test("say which parameters nobody took", () => {
    const counter = int64Tensor([], [3]);
    const { parameters } = network(
      { ...conv, extra: conv.bias, num_batches_tracked: counter },
      [2, 4, 7, 5],
      ours.conv2d!,
    );
    assert.deepEqual(parameters.left(), ["m.extra"]);
  });
});
