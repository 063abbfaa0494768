import { describe, test } from "node:test";
import { type Attribute, type Dim, makeNode, type Node } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../../src/core/graph/tensor.ts";
import { type Case, checkGradient, single } from "../../../../fixtures/finiteDifferences.ts";
import { int, ints, string } from "../../../../fixtures/onnxPrograms.ts";

const list = (...values: number[]): Tensor => int64Tensor([values.length], values);
const scalar = (value: number): Tensor => int64Tensor([], [value]);

const moves: readonly (readonly [
  string,
  string,
  readonly Dim[],
  Readonly<Record<string, Attribute>>,
  Readonly<Record<string, Tensor>>?,
])[] = [
  ["the samples kept", "Reshape", ["batch", 2, 6], {}, { shape: list(0, 3, 4) }],
  ["the samples left over", "Reshape", ["batch", 2, 6], {}, { shape: list(-1, 6) }],
  ["", "Flatten", ["batch", 2, 3], {}],
  ["from axis 2", "Flatten", ["batch", 2, 3], { axis: int(2) }],
  ["", "Squeeze", ["batch", 1, 3], {}, { axes: list(1) }],
  ["", "Unsqueeze", ["batch", 3], {}, { axes: list(0, -1) }],
  ["", "Transpose", ["batch", 2, 3, 2], { perm: ints(2, 0, 3, 1) }],
  ["without an order", "Transpose", ["batch", 2, 3], {}],
  ["", "Expand", ["batch", 1, 3], {}, { shape: list(2, 1, 2, 1) }],
  ["", "Tile", ["batch", 2, 3], {}, { repeats: list(1, 2, 3) }],
  ["in blocks", "DepthToSpace", ["batch", 8, 2, 3], { blocksize: int(2) }],
  ["in columns", "DepthToSpace", ["batch", 8, 2, 3], { blocksize: int(2), mode: string("CRD") }],
  ["", "SpaceToDepth", ["batch", 2, 4, 6], { blocksize: int(2) }],
  ["", "Slice", ["batch", 6], {}, { starts: list(1), ends: list(4), axes: list(1) }],
  ["of two axes", "Slice", ["batch", 5, 6], {}, { starts: list(1, -3), ends: list(99, -1), axes: list(1, 2) }],
  ["in steps", "Slice", ["batch", 7], {}, { starts: list(1), ends: list(7), axes: list(1), steps: list(3) }],
  ["backwards", "Slice", ["batch", 6], {}, { starts: list(-1), ends: list(-99), axes: list(1), steps: list(-1) }],
  ["backwards in steps", "Slice", ["batch", 7], {}, { starts: list(5), ends: list(0), axes: list(1), steps: list(-2) }],
  ["of all samples", "Slice", ["batch", 4], {}, { starts: list(0, 1), ends: list(2 ** 31, 3), axes: list(0, 1) }],
  ["with zeros", "Pad", ["batch", 2, 3], {}, { pads: list(0, 1, 2, 0, 0, 1) }],
  ["cutting", "Pad", ["batch", 2, 4], {}, { pads: list(0, 1, -1, 0, 0, -1) }],
  ["reflected", "Pad", ["batch", 4, 5], { mode: string("reflect") }, { pads: list(0, 1, 3, 0, 2, 4) }],
  ["with the edge", "Pad", ["batch", 4, 3], { mode: string("edge") }, { pads: list(0, 1, 2, 0, 0, 1) }],
  ["around", "Pad", ["batch", 4, 5], { mode: string("wrap") }, { pads: list(0, 1, 2, 0, 3, 1) }],
  ["of one", "Gather", ["batch", 5, 2], { axis: int(1) }, { indices: scalar(2) }],
  ["of several", "Gather", ["batch", 5, 2], { axis: int(1) }, { indices: int64Tensor([2, 2], [0, 3, 3, -1]) }],
  ["of neighbours", "Gather", ["batch", 5], { axis: int(1) }, { indices: list(-4, 2, 3) }],
  ["of samples", "Gather", ["batch", 5], {}, { indices: list(1, 0, 1) }],
  ["", "GatherElements", ["batch", 4], { axis: int(1) }, { indices: int64Tensor([4, 2], [0, 1, 3, 3, 2, 2, 0, 1]) }],
  ["", "GatherND", ["batch", 3, 2], {}, { indices: int64Tensor([3, 2], [0, 1, 3, 2, 0, 1]) }],
  ["upper", "Trilu", ["batch", 3, 3], {}],
  ["lower", "Trilu", ["batch", 3, 3], { upper: int(0) }, { k: scalar(1) }],
  ["in inference", "Dropout", ["batch", 3], {}],
];

describe("gradients of what moves elements", () => {
  for (const [title, op, shape, attributes, others] of moves) {
    test(`${op} ${title}`, async (t) => {
      t.diagnostic(await checkGradient(single(op, shape, attributes, others)));
    });
  }

  test("Concat", async (t) => {
    const nodes = [makeNode("Concat", ["a", "b", "a"], ["y"], { axis: int(-1) })];
    t.diagnostic(await checkGradient({ nodes, inputs: { a: ["batch", 2], b: ["batch", 3] } }));
  });

  const pieces = (outputs: readonly string[], used: readonly string[]): Case => {
    const squares = used.map((name) => makeNode("Mul", [name, name], [`${name}²`]));
    const split: Node = makeNode("Split", ["x", "sizes"], outputs, { axis: int(1) });
    const constants = { sizes: list(2, 1, 3) };
    return {
      nodes: [split, ...squares],
      inputs: { x: ["batch", 6] },
      constants,
      outputs: used.map((name) => `${name}²`),
    };
  };
  for (const used of [["a"], ["b"], ["a", "c"], ["a", "b", "c"]]) {
    test(`Split, of which ${used} are used`, async (t) => {
      t.diagnostic(await checkGradient(pieces(["a", "b", "c"], used)));
    });
  }

  test("parts of one value, which are joined", async (t) => {
    const cut = (start: number, name: string) => makeNode("Slice", ["x", `${start}`, `${start + 2}`, "axis"], [name]);
    const nodes = [
      cut(1, "a"),
      cut(3, "b"),
      cut(2, "c"),
      makeNode("Mul", ["a", "b"], ["d"]),
      makeNode("Mul", ["c", "d"], ["y"]),
    ];
    const constants = Object.fromEntries([1, 2, 3, 4, 5].map((at) => [`${at}`, list(at)]));
    t.diagnostic(
      await checkGradient({ nodes, inputs: { x: ["batch", 6] }, constants: { ...constants, axis: list(1) } }),
    );
  });

  for (const reduction of ["none", "add"]) {
    test(`ScatterElements, ${reduction}`, async (t) => {
      const nodes = [
        makeNode("ScatterElements", ["x", "i", "u"], ["y"], { axis: int(1), reduction: string(reduction) }),
      ];
      const constants = { i: int64Tensor([4, 2], [0, 1, 3, 2, 2, 0, 0, 1]) };
      t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 4], u: ["batch", 2] }, constants }));
    });

    test(`ScatterND, ${reduction}`, async (t) => {
      const nodes = [makeNode("ScatterND", ["x", "i", "u"], ["y"], { reduction: string(reduction) })];
      const constants = { i: int64Tensor([2, 1], [3, 1]) };
      t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 4], u: [2, 4] }, constants }));
    });
  }

  test("Cast to float32 and back", async (t) => {
    const nodes = [makeNode("Cast", ["x"], ["c"], { to: int(1) }), makeNode("Mul", ["c", "c"], ["y"])];
    t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 3] }, precision: "float32" }));
  });

  test("MaxUnpool of what was pooled", async (t) => {
    const window = { kernel_shape: ints(2, 2), strides: ints(2, 2) };
    const nodes = [
      makeNode("MaxPool", ["x"], ["p", "i"], window),
      makeNode("Mul", ["p", "p"], ["q"]),
      makeNode("MaxUnpool", ["q", "i"], ["y"], window),
    ];
    t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 2, 4, 4] }, profiles: ["cpu"] }));
  });

  test("a gradient that a constant of a network holds", async (t) => {
    const nodes = [
      makeNode("Constant", [], ["w"], { value: { type: "tensor", value: float32Tensor([3], [1, 2, 3]) } }),
    ];
    const product = makeNode("Mul", ["x", "w"], ["y"]);
    t.diagnostic(
      await checkGradient({ nodes: [...nodes, product], inputs: { x: ["batch", 3] }, precision: "float32" }),
    );
  });
});
