import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withGelu } from "../../../../../src/core/graph/gradient/withGelu.ts";
import { makeNode, makeProgram, type Node } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor } from "../../../../../src/core/graph/tensor.ts";
import { checkGradient } from "../../../../fixtures/finiteDifferences.ts";
import { value } from "../../../../fixtures/onnxPrograms.ts";

const constants = {
  root: float32Tensor([], [Math.SQRT2]),
  inverse: float32Tensor([1], [Math.SQRT1_2]),
  one: float32Tensor([], [1]),
  half: float32Tensor([], [0.5]),
};

const erf = [
  makeNode("Div", ["x", "root"], ["scaled"]),
  makeNode("Erf", ["scaled"], ["erf"]),
  makeNode("Add", ["erf", "one"], ["raised"]),
];

const spellings: readonly (readonly [string, readonly Node[]])[] = [
  ["x first", [...erf, makeNode("Mul", ["x", "raised"], ["p"]), makeNode("Mul", ["p", "half"], ["y"])]],
  ["½ first", [...erf, makeNode("Mul", ["half", "raised"], ["p"]), makeNode("Mul", ["p", "x"], ["y"])]],
  ["x halved", [...erf, makeNode("Mul", ["x", "half"], ["p"]), makeNode("Mul", ["p", "raised"], ["y"])]],
  [
    "multiplied",
    [
      makeNode("Mul", ["inverse", "x"], ["scaled"]),
      ...erf.slice(1),
      makeNode("Mul", ["raised", "x"], ["p"]),
      makeNode("Mul", ["p", "half"], ["y"]),
    ],
  ],
];

function graphOf(nodes: readonly Node[]) {
  const initializers = new Map(Object.entries(constants));
  return makeProgram({
    name: "t",
    inputs: [value("x", ["n", 3])],
    outputs: [value("y", ["n", 3])],
    nodes,
    initializers,
  }).graph;
}

describe("a GELU that is spelled out", () => {
  for (const [title, nodes] of spellings) {
    test(`is one operator: ${title}`, async (t) => {
      const own = withGelu(graphOf(nodes), new Set()).nodes;
      assert.deepEqual(
        own.map(({ op, inputs, outputs }) => [op, inputs, outputs]),
        [["Gelu", ["x"], ["y"]]],
      );
      t.diagnostic(await checkGradient({ nodes, inputs: { x: ["batch", 3] }, constants, precision: "float32" }));
    });
  }

  test("stays where an inner value is asked for or read elsewhere, or a number is another", () => {
    const [, nodes] = spellings[0]!;
    assert.equal(withGelu(graphOf(nodes), new Set(["erf"])).nodes.length, nodes.length);
    const read = [...nodes, makeNode("Neg", ["raised"], ["n"])];
    assert.equal(withGelu(graphOf(read), new Set()).nodes.length, read.length);
    const other = nodes.map((node) => (node.op === "Div" ? { ...node, inputs: ["x", "half"] } : node));
    assert.equal(withGelu(graphOf(other), new Set()).nodes.length, other.length);
  });
});
