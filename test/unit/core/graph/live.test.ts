import assert from "node:assert/strict";
import { test } from "node:test";
import { makeNode, type Node } from "../../../../src/core/graph/graph.ts";
import { liveMemory, multiplyAdds } from "../../../../src/core/graph/live.ts";
import { inferShapes } from "../../../../src/core/graph/shapes.ts";
import type { Tensor } from "../../../../src/core/graph/tensor.ts";
import { int, ints, makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";

function program(nodes: readonly Node[], shape: readonly number[], initializers: Record<string, Tensor> = {}) {
  const made = makeProgram(21, { nodes, inputs: [value("x", shape)], outputs: ["y"], initializers });
  return { made, values: inferShapes(made, new Map()) };
}

test("live memory: values are freed after their last use, mere changes of shape take none", () => {
  const nodes = [
    makeNode("Relu", ["x"], ["a"]),
    makeNode("Flatten", ["a"], ["flat"]),
    makeNode("Tanh", ["flat"], ["b"]),
    makeNode("Add", ["b", "flat"], ["y"]),
  ];
  const { made, values } = program(nodes, [2, 5, 10]);
  const one = 2 * 50 * 4;
  // At the sum: a (through flat), b and y. x went after the first node.
  assert.equal(liveMemory(made, values), 3 * one);
  assert.equal(liveMemory(made, values, ["x"]), 4 * one);
});

test("multiply-adds of layers", () => {
  const padded = { pads: ints(1, 1, 1, 1) };
  const count = (node: Node, shape: readonly number[], weights: Tensor) => {
    const { made, values } = program([node], shape, { w: weights });
    return multiplyAdds(made, values);
  };
  // 2 × 8 × 6 × 6 outputs of 4 · 9 products each.
  assert.equal(
    count(makeNode("Conv", ["x", "w"], ["y"], padded), [2, 4, 6, 6], numbers([8, 4, 3, 3])),
    2 * 8 * 36 * 36,
  );
  assert.equal(count(makeNode("Gemm", ["x", "w"], ["y"], { transB: int(1) }), [3, 5], numbers([7, 5])), 3 * 7 * 5);
  assert.equal(count(makeNode("MatMul", ["x", "w"], ["y"]), [2, 3, 5], numbers([5, 7])), 2 * 3 * 7 * 5);
});
