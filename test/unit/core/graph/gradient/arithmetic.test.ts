import { describe, test } from "node:test";
import { type Dim, makeNode } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor } from "../../../../../src/core/graph/tensor.ts";
import { checkGradient, single } from "../../../../fixtures/finiteDifferences.ts";
import { int, numbers, string } from "../../../../fixtures/onnxPrograms.ts";

/** Two values that broadcast against each other. */
const broadcasts: readonly (readonly [readonly Dim[], readonly Dim[]])[] = [
  [
    ["batch", 2, 3],
    ["batch", 2, 3],
  ],
  [["batch", 2, 3], [3]],
  [
    ["batch", 2, 1],
    [2, 3],
  ],
  [
    [1, 3],
    ["batch", 2, 3],
  ],
];

describe("gradients of arithmetic that broadcasts", () => {
  for (const op of ["Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean", "Pow"]) {
    for (const [a, b] of broadcasts) {
      test(`${op} of [${a}] and [${b}]`, async (t) => {
        const nodes = [makeNode(op, ["a", "b"], ["y"])];
        const sample = (random: () => number) => (op === "Pow" || op === "Div" ? 1 + random() ** 2 : random());
        t.diagnostic(await checkGradient({ nodes, inputs: { a, b }, sample }));
      });
    }
  }

  test("a sum of three, of which one occurs twice", async (t) => {
    const nodes = [makeNode("Sum", ["a", "b", "a"], ["y"])];
    t.diagnostic(await checkGradient({ nodes, inputs: { a: ["batch", 2], b: [2] } }));
  });

  for (const power of [0.5, 2, 3, -1]) {
    test(`Pow with the constant ${power}`, async (t) => {
      const pow = single("Pow", ["batch", 3], {}, { p: float32Tensor([], [power]) });
      t.diagnostic(await checkGradient({ ...pow, sample: (random) => 1 + random() ** 2 }));
    });
  }

  test("Mod towards 0", async (t) => {
    const mod = single("Mod", ["batch", 3], { fmod: int(1) }, { b: float32Tensor([3], [0.7, 1.3, -2.9]) });
    t.diagnostic(await checkGradient({ ...mod, withRespectTo: ["x", "b"] }));
  });

  test("Where", async (t) => {
    const nodes = [makeNode("Greater", ["a", "b"], ["c"]), makeNode("Where", ["c", "a", "b"], ["y"])];
    t.diagnostic(await checkGradient({ nodes, inputs: { a: ["batch", 3], b: [3] } }));
  });

  test("Floor passes nothing on beside what does", async (t) => {
    const nodes = [makeNode("Floor", ["x"], ["f"]), makeNode("Mul", ["f", "x"], ["y"])];
    const sample = (random: () => number) => Math.floor(3 * random()) + 0.4;
    t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 3] }, sample }));
  });
});

describe("gradients of products of matrices", () => {
  for (const [a, b] of [
    [
      ["batch", 3],
      [3, 2],
    ],
    [
      ["batch", 2, 3],
      [3, 4],
    ],
    [
      ["batch", 2, 3],
      ["batch", 3, 2],
    ],
    [
      ["batch", 2, 2, 3],
      [2, 3, 2],
    ],
    [
      ["batch", 1, 2, 3],
      [2, 3, 1],
    ],
    [
      [2, 3],
      ["batch", 3, 2],
    ],
    [[3], ["batch", 3, 2]],
    [["batch", 2, 3], [3]],
  ] as const) {
    test(`MatMul of [${a}] and [${b}]`, async (t) => {
      const nodes = [makeNode("MatMul", ["a", "b"], ["y"])];
      t.diagnostic(await checkGradient({ nodes, inputs: { a, b } }));
    });
  }

  test("MatMul with a constant", async (t) => {
    t.diagnostic(await checkGradient(single("MatMul", ["batch", 2, 3], {}, { w: numbers([3, 4]) })));
  });

  for (const transA of [0, 1]) {
    for (const transB of [0, 1]) {
      test(`Gemm, transA ${transA}, transB ${transB}`, async (t) => {
        const attributes = { transA: int(transA), transB: int(transB), alpha: { type: "float", value: 0.5 } as const };
        const beta = { type: "float", value: 0.25 } as const;
        const nodes = [makeNode("Gemm", ["a", "b", "c"], ["y"], { ...attributes, beta })];
        const a = transA ? [3, "batch"] : ["batch", 3];
        const inputs = { a, b: transB ? [2, 3] : [3, 2], c: transA ? [1] : [2] };
        t.diagnostic(await checkGradient({ nodes, inputs }));
      });
    }
  }

  for (const [equation, a, b] of [
    ["bij,bjk->bik", ["batch", 2, 3], ["batch", 3, 2]],
    ["bhid,bhjd->bhij", ["batch", 2, 2, 3], ["batch", 2, 2, 3]],
    ["bij,jk->ki", ["batch", 2, 3], [3, 2]],
    ["bij,bk->bk", ["batch", 2, 3], ["batch", 2]],
    ["...ij,jk->...ik", ["batch", 2, 2, 3], [3, 2]],
    ["bi,bi", ["batch", 3], ["batch", 3]],
  ] as const) {
    test(`Einsum ${equation}`, async (t) => {
      const nodes = [makeNode("Einsum", ["a", "b"], ["y"], { equation: string(equation) })];
      t.diagnostic(await checkGradient({ nodes, inputs: { a, b } }));
    });
  }
});

describe("gradients of reductions", () => {
  const reductions = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSumExp", "SumSquare"];
  for (const name of reductions) {
    for (const [axes, keepdims] of [
      [[1], 1],
      [[-1, 1], 0],
      [undefined, 0],
    ] as const) {
      test(`Reduce${name} over ${axes ?? "all"}, keepdims ${keepdims}`, async (t) => {
        const all = name === "Prod" && axes === undefined;
        const shape = all ? [2, 3] : ["batch", 2, 3];
        const others = axes ? { axes: int64Tensor([axes.length], axes) } : undefined;
        t.diagnostic(await checkGradient(single(`Reduce${name}`, shape, { keepdims: int(keepdims) }, others)));
      });
    }
  }

  test("ReduceLogSum", async (t) => {
    const reduction = single("ReduceLogSum", ["batch", 4], {}, { axes: int64Tensor([1], [1]) });
    t.diagnostic(await checkGradient({ ...reduction, sample: (random) => 1 + random() ** 2 }));
  });

  test("ReduceProd with an element of 0", async (t) => {
    const reduction = single("ReduceProd", ["batch", 4], {}, { axes: int64Tensor([1], [1]) });
    t.diagnostic(await checkGradient({ ...reduction, sample: (random) => Math.round(random()) }));
  });

  for (const [exclusive, reverse] of [
    [0, 0],
    [1, 0],
    [0, 1],
  ] as const) {
    test(`CumSum, exclusive ${exclusive}, reverse ${reverse}`, async (t) => {
      const attributes = { exclusive: int(exclusive), reverse: int(reverse) };
      t.diagnostic(await checkGradient(single("CumSum", ["batch", 4], attributes, { axis: int64Tensor([], [1]) })));
    });
  }

  test("TopK", async (t) => {
    const nodes = [makeNode("TopK", ["x", "k"], ["y", "i"], { axis: int(1) })];
    const constants = { k: int64Tensor([1], [2]) };
    t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 5] }, constants }));
  });

  test("a norm over its own axes, spelled out", async (t) => {
    const nodes = [
      makeNode("Pow", ["x", "two"], ["squares"]),
      makeNode("ReduceMean", ["squares", "axes"], ["mean"]),
      makeNode("Add", ["mean", "epsilon"], ["raised"]),
      makeNode("Sqrt", ["raised"], ["root"]),
      makeNode("Div", ["x", "root"], ["normalized"]),
      makeNode("Mul", ["normalized", "scale"], ["y"]),
    ];
    const constants = {
      two: float32Tensor([], [2]),
      axes: int64Tensor([1], [-1]),
      epsilon: float32Tensor([], [1e-3]),
      scale: numbers([5]),
    };
    // In float64 the runtime fuses these nodes and takes its own ε.
    t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 2, 5] }, constants, precision: "float32" }));
  });
});
