import { describe, test } from "node:test";
import { type Dim, makeNode } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor } from "../../../../../src/core/graph/tensor.ts";
import { checkGradient, single } from "../../../../fixtures/finiteDifferences.ts";
import { float, int, ints, numbers } from "../../../../fixtures/onnxPrograms.ts";

describe("gradients of normalisations", () => {
  const statistics = {
    scale: numbers([3]),
    bias: numbers([3], 2),
    mean: numbers([3], 3),
    variance: float32Tensor([3], [0.5, 1, 2]),
  };
  for (const shape of [
    ["batch", 3],
    ["batch", 3, 4],
    ["batch", 3, 2, 2],
  ] as const) {
    test(`BatchNormalization of [${shape}]`, async (t) => {
      const norm = single("BatchNormalization", shape, {}, statistics);
      t.diagnostic(await checkGradient({ ...norm, withRespectTo: ["x", "scale", "bias"] }));
      t.diagnostic(await checkGradient({ ...norm, precision: "float32" }));
    });
  }

  for (const [title, attributes] of [
    ["stride 1", { pads: ints(1, 1, 1, 1) }],
    ["stride 2", { strides: ints(2, 2) }],
  ] as const) {
    test(`BatchNormalization behind a convolution of ${title}, whose weights take its factors`, async (t) => {
      const nodes = [
        makeNode("Conv", ["x", "w"], ["c"], attributes),
        makeNode("BatchNormalization", ["c", "scale", "bias", "mean", "variance"], ["n"]),
        makeNode("Relu", ["n"], ["y"]),
      ];
      const constants = { w: numbers([3, 2, 3, 3]), ...statistics };
      t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 2, 5, 5] }, constants }));
    });
  }

  for (const [axis, scale] of [
    [-1, [4]],
    [1, [3, 4]],
  ] as const) {
    test(`LayerNormalization from axis ${axis}`, async (t) => {
      const others = { scale: numbers(scale), bias: numbers(scale, 2) };
      const norm = single("LayerNormalization", ["batch", 3, 4], { axis: int(axis), epsilon: float(1e-3) }, others);
      t.diagnostic(await checkGradient({ ...norm, withRespectTo: ["x", "scale", "bias"] }));
    });
  }

  test("LayerNormalization without bias", async (t) => {
    t.diagnostic(await checkGradient(single("LayerNormalization", ["batch", 5], {}, { scale: numbers([5]) })));
  });

  for (const shape of [
    ["batch", 4, 5],
    ["batch", 4, 2, 3],
  ] as readonly (readonly Dim[])[]) {
    const others = { scale: numbers([4]), bias: numbers([4], 2) };
    for (const [op, attributes] of [
      ["InstanceNormalization", {}],
      ["GroupNormalization", { num_groups: int(2) }],
    ] as const) {
      test(`${op} of [${shape}]`, async (t) => {
        const norm = single(op, shape, attributes, others);
        // The runtime spells GroupNormalization out in float32.
        const precision = op === "GroupNormalization" ? { precision: "float32" as const } : {};
        t.diagnostic(await checkGradient({ ...norm, ...precision, withRespectTo: ["x", "scale", "bias"] }));
      });
    }
  }

  for (const p of [1, 2]) {
    test(`LpNormalization with p = ${p}`, async (t) => {
      t.diagnostic(await checkGradient(single("LpNormalization", ["batch", 3, 4], { p: int(p), axis: int(1) })));
    });
  }

  test("MeanVarianceNormalization", async (t) => {
    const norm = single("MeanVarianceNormalization", ["batch", 2, 3, 3], { axes: ints(2, 3) });
    t.diagnostic(await checkGradient(norm));
  });

  for (const size of [3, 5]) {
    test(`LRN over ${size} channels`, async (t) => {
      const attributes = { size: int(size), alpha: float(0.5), beta: float(0.75), bias: float(1.5) };
      t.diagnostic(await checkGradient(single("LRN", ["batch", 6, 2, 2], attributes)));
    });
  }
});
