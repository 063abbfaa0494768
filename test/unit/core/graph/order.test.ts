import assert from "node:assert/strict";
import { test } from "node:test";
import { makeNode, type Node } from "../../../../src/core/graph/graph.ts";
import { ordered } from "../../../../src/core/graph/order.ts";
import { graphAttribute, makeGraph } from "../../../fixtures/onnxPrograms.ts";

function relu(from: string, to: string): Node {
  return makeNode("Relu", [from], [to]);
}

function made(nodes: readonly Node[]): string {
  return ordered(nodes)
    .map((node) => node.outputs[0])
    .join(" ");
}

test("nodes come behind what they use, and otherwise stay where they were", () => {
  const sorted = [relu("x", "a"), relu("a", "b"), relu("x", "c")];
  assert.equal(ordered(sorted), sorted);
  assert.equal(made([relu("c", "d"), relu("x", "a"), relu("b", "c"), relu("a", "b"), relu("d", "e")]), "a b c d e");
  assert.equal(made([relu("x", "z"), relu("b", "y"), relu("x", "a"), relu("x", "b")]), "z b y a");
});

test("a graph inside a node uses values too", () => {
  const branch = graphAttribute(makeGraph({ nodes: [relu("a", "inner")], outputs: ["inner"] }));
  const branching = makeNode("If", ["c"], ["y"], { then_branch: branch, else_branch: branch });
  assert.equal(made([branching, relu("x", "a")]), "a y");
});

test("a cycle stays as it is", () => {
  const cycle = [relu("b", "a"), relu("a", "b")];
  assert.equal(ordered(cycle), cycle);
});

test("a chain of a hundred thousand nodes, backwards", () => {
  const nodes = Array.from({ length: 100_000 }, (_, i) => relu(`v${i}`, `v${i + 1}`)).reverse();
  const first = ordered(nodes)[0];
  assert.deepEqual(first?.inputs, ["v0"]);
});

test("a node that uses a hundred thousand values, before them", () => {
  const parts = Array.from({ length: 100_000 }, (_, i) => relu("x", `v${i}`));
  const sum = makeNode(
    "Sum",
    parts.flatMap((node) => node.outputs),
    ["y"],
  );
  assert.equal(ordered([sum, ...parts]).at(-1), sum);
});
