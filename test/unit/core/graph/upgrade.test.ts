import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attribute, makeNode, type Program } from "../../../../src/core/graph/graph.ts";
import { int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { upgrade } from "../../../../src/core/graph/upgrade.ts";
import {
  float,
  graphAttribute,
  int,
  ints,
  makeGraph,
  makeProgram,
  numbers,
  type Parts,
  string,
  tensor,
  value,
} from "../../../fixtures/onnxPrograms.ts";
import { equivalent, refused, same, single } from "../../../fixtures/upgrading.ts";

test("operators without changes give the same under the new number", async () => {
  const x = numbers([2, 4, 9, 8]);
  const window = { kernel_shape: ints(3, 2), strides: ints(2, 2) };
  const cases: [number, string, Record<string, Attribute>, Record<string, Tensor>?][] = [
    [7, "AveragePool", { ...window, pads: ints(1, 1, 1, 0) }],
    [7, "AveragePool", { ...window, pads: ints(1, 1, 1, 0), count_include_pad: int(1) }],
    [10, "AveragePool", { ...window, ceil_mode: int(1) }],
    [11, "AveragePool", { ...window, auto_pad: string("SAME_UPPER") }],
    [8, "MaxPool", { ...window, pads: ints(1, 1, 1, 0) }],
    [10, "MaxPool", { ...window, ceil_mode: int(1), dilations: ints(2, 1) }],
    [8, "MaxPool", { ...window, auto_pad: string("SAME_LOWER") }],
    [2, "LpPool", { ...window, p: int(3) }],
    [1, "LRN", { size: int(3), alpha: float(0.01), bias: float(2) }],
    [1, "Conv", { strides: ints(2, 1), pads: ints(1, 1, 1, 1) }, { w: numbers([6, 4, 3, 3], 2) }],
    [1, "ConvTranspose", { strides: ints(2, 2), output_shape: ints(19, 16) }, { w: numbers([4, 2, 3, 3], 2) }],
    [1, "ConvTranspose", { strides: ints(2, 2), auto_pad: string("SAME_LOWER") }, { w: numbers([4, 2, 3, 3], 2) }],
    [1, "DepthToSpace", { blocksize: int(2) }],
    [6, "InstanceNormalization", {}, { scale: numbers([4], 2), bias: numbers([4], 3) }],
    [1, "ArgMax", { axis: int(1), keepdims: int(0) }],
    [9, "Flatten", { axis: int(2) }],
    [7, "PRelu", {}, { slope: numbers([4, 1, 1], 2) }],
    [8, "Expand", {}, { shape: int64Tensor([5], [2, 1, 1, 1, 1]) }],
    [1, "Transpose", { perm: ints(3, 1, 0, 2) }],
    [1, "Gather", { axis: int(2) }, { indices: int64Tensor([2], [1, 0]) }],
  ];
  for (const [opset, op, attributes, constants = {}] of cases) {
    // Sets below 7 are declared as 7: the operator's own version is the same, and the runtime begins there.
    const program = single(Math.max(7, opset), op, attributes, [2, 4, 9, 8], { constants });
    await same(program, [x], `${op} ${opset} ${JSON.stringify(attributes)}`);
  }
  for (const op of ["RNN", "GRU", "LSTM"]) {
    const gates = { RNN: 1, GRU: 3, LSTM: 4 }[op] ?? 0;
    const constants = { w: numbers([1, gates * 5, 3], 2), r: numbers([1, gates * 5, 5], 3) };
    await same(single(7, op, { hidden_size: int(5) }, [4, 2, 3], { constants }), [numbers([4, 2, 3])], op);
  }
});

test("graphs inside control flow are upgraded, and see the constants around them", async () => {
  const branch = (op: string, attributes: Record<string, Attribute>): Attribute =>
    graphAttribute(makeGraph({ nodes: [makeNode(op, ["h"], ["r"], attributes)], outputs: [value("r", undefined)] }));
  const parts: Parts = {
    nodes: [
      makeNode("Relu", ["x"], ["h"]),
      makeNode("If", ["condition"], ["y"], {
        then_branch: branch("Softmax", { axis: int(1) }),
        else_branch: branch("Clip", { max: float(0.5) }),
      }),
    ],
    inputs: [value("x", [2, 3, 4]), { name: "condition", dtype: "bool", shape: [] }],
    outputs: ["y"],
  };
  for (const condition of [0, 1]) {
    const bool: Tensor = { dtype: "bool", shape: [], bytes: () => Uint8Array.of(condition) };
    const upgraded = await same(makeProgram(10, parts), [numbers([2, 3, 4]), bool]);
    assert.equal(upgraded.graph.initializers.size, 0, "constants stand in the branch that needs them");
  }
});

test("functions are upgraded by their own operator set", async () => {
  const body = [
    makeNode("Clip", ["a"], ["c"], { min: float(0.1) }),
    makeNode("ReduceSum", ["c"], ["s"], { axes: ints(1) }),
  ];
  const definition = {
    name: "F",
    domain: "acme",
    inputs: ["a"],
    outputs: ["s"],
    attributes: [],
    nodes: body,
    opsets: new Map([["", 10]]),
    opaque: new Uint8Array(0),
  };
  const program: Program = {
    ...makeProgram(10, {
      nodes: [{ ...makeNode("F", ["x"], ["y"]), domain: "acme" }],
      inputs: [value("x", [2, 3])],
      outputs: ["y"],
    }),
    opsets: new Map([
      ["", 10],
      ["acme", 1],
    ]),
    functions: [definition],
  };
  const inlined = makeProgram(10, { nodes: body, inputs: [value("a", [2, 3])], outputs: ["s"] });
  await equivalent(program, inlined, [numbers([2, 3])]);
  const reference: Attribute = { type: "opaque", value: new Uint8Array(0) };
  const withReference = { ...definition, nodes: [makeNode("ReduceSum", ["a"], ["s"], { axes: reference })] };
  refused(() => upgrade({ ...program, functions: [withReference] }), /ReduceSum.*from its caller/);
});

test("everything that cannot be upgraded is named at once; newer programs stay as they are", () => {
  const program = makeProgram(6, {
    nodes: [makeNode("Dropout", ["x"], ["d"], {}, "first"), makeNode("Dropout", ["d"], ["y"], {}, "second")],
    inputs: [value("x", [3])],
    outputs: ["y"],
  });
  refused(() => upgrade(program), /"first".*"second"/);
  const newer = makeProgram(22, { nodes: [], inputs: [value("x", [3])], outputs: ["x"] });
  assert.equal(upgrade(newer), newer);
});

test("new names never meet old ones", async () => {
  const program = makeProgram(11, {
    nodes: [
      makeNode("Clip", ["y/Flatten"], ["constant/0"], {}),
      makeNode("Softmax", ["constant/0"], ["y"], { axis: int(1) }),
    ],
    inputs: [value("y/Flatten", [2, 3, 4])],
    outputs: ["y"],
  });
  await same(program, [numbers([2, 3, 4])]);
  const constant = makeProgram(11, {
    nodes: [
      makeNode("Constant", [], ["w"], { value: tensor(numbers([3], 2)) }),
      makeNode("Unsqueeze", ["w"], ["u"], { axes: ints(1) }),
      makeNode("Mul", ["x", "u"], ["y"]),
    ],
    inputs: [value("x", [2, 3, 4])],
    outputs: ["y"],
  });
  await same(constant, [numbers([2, 3, 4])]);
});
