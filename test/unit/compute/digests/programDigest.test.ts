import assert from "node:assert/strict";
import { test } from "node:test";
import { programDigest } from "../../../../src/compute/digests/programDigest.ts";
import { type Attribute, type Graph, makeNode, type Node, type Program } from "../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";

const weight = float32Tensor([2, 2], [1, 2, 3, 4]);

function graphOf(nodes: readonly Node[], initializers: readonly (readonly [string, Tensor])[]): Graph {
  return {
    name: "main",
    nodes,
    inputs: [{ name: "x", dtype: "float32", shape: ["n", 2] }],
    outputs: [{ name: "y", dtype: "float32", shape: undefined }],
    initializers: new Map(initializers),
    valueTypes: new Map(),
  };
}

const base = graphOf(
  [makeNode("MatMul", ["x", "w"], ["h"]), makeNode("Reshape", ["h", "shape"], ["y"])],
  [
    ["w", weight],
    ["shape", int64Tensor([2], [-1, 2])],
  ],
);

function programOf(graph: Graph, changes: Partial<Program> = {}): Program {
  return {
    graph,
    irVersion: 8,
    opsets: new Map([["", 17]]),
    functions: [],
    producer: "pytorch 2.0",
    metadata: new Map(),
    ...changes,
  };
}

const withAttribute = (attribute: Attribute): Program =>
  programOf({ ...base, nodes: [makeNode("Op", ["x"], ["y"], { a: attribute })] });

test("the order of initializers, the producer and notes change nothing", async () => {
  const reordered = { ...base, initializers: new Map([...base.initializers].reverse()) };
  const noted = programOf(reordered, { producer: "other", metadata: new Map([["a", "b"]]), irVersion: 9 });
  assert.deepEqual(await programDigest(noted), await programDigest(programOf(base)));
});

test("weights change the weights' digest alone; constants that steer shapes change both", async () => {
  const before = await programDigest(programOf(base));
  const trained = new Map([...base.initializers, ["w", float32Tensor([2, 2], [1, 2, 3, 5])]] as const);
  const after = await programDigest(programOf({ ...base, initializers: trained }));
  assert.equal(after.graph, before.graph);
  assert.notEqual(after.weights, before.weights);
  const reshaped = new Map([...base.initializers, ["shape", int64Tensor([2], [2, -1])]] as const);
  const steered = await programDigest(programOf({ ...base, initializers: reshaped }));
  assert.notEqual(steered.graph, before.graph);
  assert.notEqual(steered.weights, before.weights);
});

test("whatever changes the computation changes the graph's digest", async () => {
  const inner = graphOf([makeNode("Relu", ["x"], ["y"])], []);
  const opaque = Uint8Array.of(1);
  const functionOf = (op: string) => ({
    name: "f",
    domain: "d",
    inputs: ["x"],
    outputs: ["y"],
    attributes: [],
    nodes: [makeNode(op, ["x"], ["y"])],
    opsets: new Map([["", 17]]),
    opaque,
  });
  const variants: Program[] = [
    programOf(base),
    programOf(base, { opsets: new Map([["", 18]]) }),
    programOf(base, { functions: [functionOf("Relu")] }),
    programOf(base, { functions: [functionOf("Tanh")] }),
    programOf({ ...base, nodes: base.nodes.toReversed() }),
    programOf({ ...base, inputs: [{ name: "x", dtype: "float32", shape: ["n", 3] }] }),
    programOf({ ...base, initializers: new Map([...base.initializers, ["v", weight]]) }),
    programOf({ ...base, nodes: [makeNode("MatMul", ["x", "w"], ["h", "y"])] }),
    programOf({ ...base, nodes: [makeNode("MatMul", ["x", "w", "h"], ["y"])] }),
    ...[0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1].map((value) => withAttribute({ type: "float", value })),
    withAttribute({ type: "int", value: 0 }),
    withAttribute({ type: "ints", value: [0] }),
    withAttribute({ type: "string", value: "0" }),
    withAttribute({ type: "strings", value: ["0", "1"] }),
    withAttribute({ type: "strings", value: ["01"] }),
    withAttribute({ type: "tensor", value: weight }),
    withAttribute({ type: "tensor", value: float32Tensor([4], [1, 2, 3, 4]) }),
    withAttribute({ type: "tensors", value: [weight, weight] }),
    withAttribute({ type: "opaque", value: opaque }),
    withAttribute({ type: "graph", value: inner }),
    withAttribute({ type: "graph", value: graphOf([makeNode("Tanh", ["x"], ["y"])], []) }),
    withAttribute({ type: "graphs", value: [inner, inner] }),
  ];
  const digests = await Promise.all(variants.map((program) => programDigest(program)));
  assert.equal(new Set(digests.map(({ graph }) => graph)).size, variants.length);
});

test("graphs nested beyond any stack are digested", async () => {
  let graph = base;
  for (let depth = 0; depth < 20_000; depth++) {
    graph = graphOf([makeNode("If", ["x"], ["y"], { then_branch: { type: "graph", value: graph } })], []);
  }
  const { weights } = await programDigest(programOf(graph));
  assert.equal(weights, (await programDigest(programOf(base))).weights);
});

test("stops between two tensors when it is no longer wanted", async () => {
  const controller = new AbortController();
  let reads = 0;
  const counted: Tensor = {
    ...weight,
    bytes: () => {
      if (++reads === 2) controller.abort(new Error("no longer wanted"));
      return weight.bytes();
    },
  };
  const many = Array.from({ length: 9 }, (_, i) => [`w${i}`, counted] as const);
  await assert.rejects(programDigest(programOf(graphOf([], many)), controller.signal), /no longer wanted/);
  assert.equal(reads, 2);
});
