import { describe, test } from "node:test";
import type { Attribute } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor } from "../../../../../src/core/graph/tensor.ts";
import { checkGradient, single } from "../../../../fixtures/finiteDifferences.ts";
import { float, int, string } from "../../../../fixtures/onnxPrograms.ts";

/** Values away from the kinks that the activations have. */
const offKinks = (random: () => number): number => {
  const x = Math.round(random() * 12) / 4;
  return x + 0.1;
};

const activations: readonly (readonly [string, Readonly<Record<string, Attribute>>?])[] = [
  ["Relu"],
  ["LeakyRelu", { alpha: float(0.2) }],
  ["Elu", { alpha: float(0.7) }],
  ["Selu"],
  ["Celu", { alpha: float(1.5) }],
  ["Gelu"],
  ["Gelu", { approximate: string("tanh") }],
  ["Sigmoid"],
  ["HardSigmoid", { alpha: float(0.3) }],
  ["HardSwish"],
  ["Mish"],
  ["Softplus"],
  ["Softsign"],
  ["Tanh"],
  ["ThresholdedRelu", { alpha: float(0.4) }],
  ["Identity"],
  ["Neg"],
  ["Abs"],
  ["Exp"],
  ["Reciprocal"],
  ["Erf"],
  ["Sin"],
  ["Cos"],
  ["Atan"],
  ["Sinh"],
  ["Cosh"],
  ["Asinh"],
  ["Softmax"],
  ["Softmax", { axis: int(1) }],
  ["LogSoftmax", { axis: int(1) }],
];

describe("gradients of activations and functions", { concurrency: false }, () => {
  for (const [op, attributes] of activations) {
    test(`${op} ${Object.keys(attributes ?? {})}`, async (t) => {
      t.diagnostic(await checkGradient({ ...single(op, ["batch", 3, 2], attributes), sample: offKinks }));
    });
  }

  test("Shrink, whose kernel computes in float32", async (t) => {
    const shrink = single("Shrink", ["batch", 6], { lambd: float(0.7), bias: float(0.2) });
    t.diagnostic(await checkGradient({ ...shrink, sample: offKinks, precision: "float32" }));
  });

  for (const op of ["Log", "Sqrt"]) {
    test(op, async (t) => {
      const positive = (random: () => number) => 0.5 + random() ** 2;
      t.diagnostic(await checkGradient({ ...single(op, ["batch", 5]), sample: positive }));
    });
  }

  for (const op of ["Asin", "Acos", "Atanh", "Tan"]) {
    test(op, async (t) => {
      t.diagnostic(
        await checkGradient({ ...single(op, ["batch", 5]), sample: (random) => Math.tanh(random() / 2) * 0.8 }),
      );
    });
  }

  test("Acosh", async (t) => {
    t.diagnostic(await checkGradient({ ...single("Acosh", ["batch", 5]), sample: (random) => 1.5 + random() ** 2 }));
  });

  test("PRelu with a slope per channel", async (t) => {
    const slope = float32Tensor([3, 1], [0.1, -0.3, 0.5]);
    const prelu = { ...single("PRelu", ["batch", 3, 4], {}, { slope }), withRespectTo: ["x", "slope"] };
    t.diagnostic(await checkGradient({ ...prelu, sample: offKinks }));
  });

  for (const [title, limits] of [
    ["both", { least: -0.5, most: 0.7 }],
    ["above", { least: -0.5 }],
  ] as const) {
    test(`Clip, ${title}`, async (t) => {
      const constants = Object.fromEntries(
        Object.entries(limits).map(([name, limit]) => [name, float32Tensor([], [limit])]),
      );
      t.diagnostic(await checkGradient({ ...single("Clip", ["batch", 8], {}, constants), sample: offKinks }));
    });
  }
});
