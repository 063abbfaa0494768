import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { checkProgram } from "../../../../src/core/graph/check.ts";
import { withEarlyChoice } from "../../../../src/core/graph/earlyChoice.ts";
import { makeNode, makeProgram, type Node, type Program } from "../../../../src/core/graph/graph.ts";
import { elementCount, float32Tensor, int64Tensor } from "../../../../src/core/graph/tensor.ts";
import { randomNumbers } from "../../../fixtures/finiteDifferences.ts";
import { int, ints, value } from "../../../fixtures/onnxPrograms.ts";

const [samples, tokens, width] = [3, 5, 4];

/** The end of a transformer: tokens × samples from its attention, a residual sum, a layer of its own for each token. */
const tail = [
  makeNode("Mul", ["x", "positions"], ["mixed"]),
  makeNode("ReduceSum", ["mixed", "tokenAxis"], ["sum"]),
  makeNode("Sub", ["mixed", "sum"], ["attention"]),
  makeNode("Transpose", ["attention"], ["turned"], { perm: ints(1, 0, 2) }),
  makeNode("Transpose", ["turned"], ["back"], { perm: ints(1, 0, 2) }),
  makeNode("Add", ["back", "x"], ["residual"]),
  makeNode("LayerNormalization", ["residual", "scale", "bias"], ["normal"], { axis: int(-1) }),
  makeNode("MatMul", ["normal", "weights"], ["hidden"]),
  makeNode("Add", ["hidden", "bias"], ["raised"]),
  makeNode("Relu", ["raised"], ["active"]),
  makeNode("Add", ["residual", "active"], ["end"]),
];

function programOf(nodes: readonly Node[], outputs: readonly string[] = ["y"]): Program {
  const random = randomNumbers(11);
  const tensor = (shape: readonly number[]) =>
    float32Tensor(shape, Float64Array.from({ length: elementCount(shape) }, random));
  return makeProgram({
    name: "test",
    inputs: [value("x", ["batch", tokens, width])],
    outputs: outputs.map((name) => ({ name, dtype: "float32", shape: undefined })),
    nodes,
    initializers: new Map([
      ["positions", tensor([tokens, width])],
      ["weights", tensor([width, width])],
      ["scale", tensor([width])],
      ["bias", tensor([width])],
      ["tokenAxis", int64Tensor([1], [1])],
      ["first", int64Tensor([], [0])],
      ["last", int64Tensor([1], [-1])],
    ]),
  });
}

const early = (program: Program, kept: readonly string[] = []) =>
  withEarlyChoice(program, new Map([["x", ["batch", tokens, width]]]), new Set(kept));

async function run(program: Program): Promise<readonly Float32Array[]> {
  checkProgram(program);
  const data = Float32Array.from({ length: samples * tokens * width }, randomNumbers(7));
  const session = await onnxRuntime("cpu", 1).load(program);
  try {
    const found = await session.run(new Map([["x", { shape: [samples, tokens, width], data }]]));
    return program.graph.outputs.map(({ name }) => found.get(name)?.data as Float32Array);
  } finally {
    await session.release();
  }
}

function same(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  for (const [i, values] of expected.entries()) {
    assert.equal(found[i]!.length, values.length);
    assert.ok(values.every((number, k) => Math.abs(number - found[i]![k]!) < 1e-5));
  }
}

describe("the choice of one token", () => {
  for (const [title, index] of [
    ["a number", "first"],
    ["a list of one, from behind", "last"],
  ] as const) {
    test(`is made before what works on each token by itself: ${title}`, async () => {
      const program = programOf([...tail, makeNode("Gather", ["end", index], ["y"], { axis: int(1) })]);
      const own = early(program);
      const chosen = own.graph.nodes.findIndex(({ op }) => op === "Gather");
      const whole = own.graph.nodes.slice(0, chosen).map(({ op }) => op);
      assert.deepEqual(whole, ["Mul", "ReduceSum"]);
      same(await run(own), await run(program));
    });
  }

  test("leaves whole what is read elsewhere, or asked for", async () => {
    const choice = makeNode("Gather", ["end", "first"], ["y"], { axis: int(1) });
    const read = programOf(
      [...tail, choice, makeNode("ReduceMax", ["hidden"], ["z"], { keepdims: int(0) })],
      ["y", "z"],
    );
    same(await run(early(read)), await run(read));
    const program = programOf([...tail, choice]);
    const own = early(program, ["normal"]);
    assert.ok(own.graph.nodes.some(({ outputs }) => outputs.includes("normal")));
    same(await run(own), await run(program));
  });

  test("makes two choices apart from each other", async () => {
    const choices = [
      makeNode("Gather", ["end", "first"], ["y"], { axis: int(1) }),
      makeNode("Gather", ["end", "last"], ["z"], { axis: int(1) }),
    ];
    const program = programOf([...tail, ...choices], ["y", "z"]);
    same(await run(early(program)), await run(program));
  });

  test("leaves samples alone, and a product that takes the choice for its other side", async () => {
    const samplesFirst = programOf([...tail, makeNode("Gather", ["end", "first"], ["y"], { axis: int(0) })]);
    assert.equal(early(samplesFirst), samplesFirst);
    const products = [
      makeNode("Transpose", ["x"], ["columns"], { perm: ints(0, 2, 1) }),
      makeNode("MatMul", ["x", "columns"], ["scores"]),
      makeNode("Gather", ["scores", "first"], ["y"], { axis: int(2) }),
    ];
    const program = programOf(products);
    same(await run(early(program)), await run(program));
  });
});
