import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProgram } from "../../../../src/core/graph/check.ts";
import { makeNode, type Node } from "../../../../src/core/graph/graph.ts";
import { graphAttribute, makeGraph, makeProgram, numbers, type Parts, value } from "../../../fixtures/onnxPrograms.ts";

const inputs = [value("x", [2])];

function check(parts: Parts): () => void {
  return () => checkProgram(makeProgram(21, parts));
}

test("values are made once, before they are used", () => {
  const relu = (from: string, to: string): Node => makeNode("Relu", [from], [to]);
  check({ nodes: [relu("x", "h"), relu("h", "y")], inputs, outputs: ["y"] })();
  assert.throws(check({ nodes: [relu("h", "y"), relu("x", "h")], inputs, outputs: ["y"] }), {
    code: "onnx/not-topological",
  });
  assert.throws(check({ nodes: [relu("b", "a"), relu("a", "b")], inputs, outputs: ["a"] }), {
    code: "onnx/not-topological",
  });
  assert.throws(check({ nodes: [relu("nowhere", "y")], inputs, outputs: ["y"] }), { code: "onnx/undefined-value" });
  assert.throws(check({ nodes: [], inputs, outputs: ["y"] }), { code: "onnx/undefined-value" });
  const again = { code: "onnx/duplicate-value" };
  assert.throws(check({ nodes: [relu("x", "y"), relu("x", "y")], inputs, outputs: ["y"] }), again);
  assert.throws(check({ nodes: [relu("x", "x")], inputs, outputs: ["x"] }), again);
  assert.throws(check({ nodes: [relu("x", "w")], inputs, outputs: ["w"], initializers: { w: numbers([1]) } }), again);
});

test("omitted inputs and outputs are no values", () => {
  check({ nodes: [makeNode("Clip", ["x", "", ""], ["y", ""])], inputs, outputs: ["y"] })();
});

test("graphs inside control flow see what is around them, and only what is made by then", () => {
  const branch = (from: string) =>
    graphAttribute(makeGraph({ nodes: [makeNode("Relu", [from], ["r"])], outputs: ["r"] }));
  const around = (from: string): Parts => ({
    nodes: [
      makeNode("Relu", ["x"], ["h"]),
      makeNode("If", ["c"], ["y"], { then_branch: branch("h"), else_branch: branch(from) }),
      makeNode("Relu", ["y"], ["z"]),
    ],
    inputs: [...inputs, value("c", [])],
    outputs: ["z"],
  });
  check(around("x"))();
  assert.throws(check(around("z")), { code: "onnx/not-topological" });
  assert.throws(check(around("w")), { code: "onnx/undefined-value" });
});

test("functions see nothing but their inputs", () => {
  const definition = {
    name: "F",
    domain: "acme",
    inputs: ["a"],
    outputs: ["b"],
    attributes: [],
    opsets: new Map(),
    opaque: new Uint8Array(0),
  };
  const program = makeProgram(21, { nodes: [], inputs, outputs: ["x"] });
  const inner = (from: string) => [{ ...definition, nodes: [makeNode("Relu", [from], ["b"])] }];
  checkProgram({ ...program, functions: inner("a") });
  assert.throws(() => checkProgram({ ...program, functions: inner("x") }), { code: "onnx/undefined-value" });
});
