import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { writeOnnx } from "../../../../src/core/formats/onnx/writer.ts";
import { makeNode, type Program } from "../../../../src/core/graph/graph.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { rebatch } from "../../../../src/core/graph/rebatch.ts";
import { elementCount, float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { difference, runModel } from "../../../fixtures/onnxBackendTests.ts";
import { int, ints, makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";

const list = (...values: number[]) => int64Tensor([values.length], values);

/** Asserts that a program is freed, and that the freed one gives for six samples what the original gives in portions. */
async function freed(program: Program, outputWidth: number): Promise<Program> {
  const result = rebatch(program);
  assert.equal(result.batch, "free", result.reason);
  const shape = (program.graph.inputs[0]?.shape ?? []) as number[];
  const batch = shape[0] ?? 1;
  const all = numbers([6, ...shape.slice(1)]);
  const [whole] = await runModel(writeOnnx(result.program), [all]);
  const width = elementCount(shape.slice(1));
  const elements = toFloat32(all);
  const parts: number[] = [];
  for (let first = 0; first < 6; first += batch) {
    const portion = float32Tensor(shape, elements.subarray(first * width, (first + batch) * width));
    const [part] = await runModel(writeOnnx(program), [portion]);
    parts.push(...Array.from(part?.data ?? [], Number));
  }
  const expected = { dims: [6, outputWidth], type: "float32", data: parts };
  const actual = { ...whole!, dims: [6, (whole?.data.length ?? 0) / 6] };
  assert.equal(difference([actual], [expected], { relative: 1e-5, absolute: 1e-6 }), undefined);
  return result.program;
}

function network(
  nodes: Program["graph"]["nodes"],
  shape: readonly number[],
  initializers: Record<string, Tensor>,
  output = "y",
): Program {
  return makeProgram(21, { nodes, inputs: [value("x", shape)], outputs: [value(output, undefined)], initializers });
}

describe("rebatch", () => {
  test("a reshape that repeats the old batch size", async () => {
    for (const [batch, target] of [
      [1, [1, -1]],
      [2, [2, 12]],
      [3, [-1, 12]],
      [2, [0, -1]],
    ] as const) {
      const nodes = [
        makeNode("Relu", ["x"], ["r"]),
        makeNode("Reshape", ["r", "target"], ["f"]),
        makeNode("MatMul", ["f", "w"], ["y"]),
      ];
      const program = await freed(network(nodes, [batch, 3, 4], { target: list(...target), w: numbers([12, 5]) }), 5);
      assert.deepEqual(program.graph.inputs[0]?.shape, ["n", 3, 4]);
      assert.deepEqual(program.graph.outputs[0]?.shape, ["n", 5]);
    }
  });

  test("attention with the batch counted among heads and positions", async () => {
    // Positions first, as PyTorch's MultiheadAttention: 5 × n × 8 → 5 × 2n × 4 → … → 5n × 8 → 5 × n × 8.
    for (const batch of [1, 2]) {
      const nodes = [
        makeNode("Transpose", ["x"], ["t"], { perm: ints(1, 0, 2) }),
        makeNode("Reshape", ["t", "split"], ["h"]),
        makeNode("Transpose", ["h"], ["q"], { perm: ints(1, 0, 2) }),
        makeNode("Transpose", ["h"], ["k"], { perm: ints(1, 2, 0) }),
        makeNode("MatMul", ["q", "k"], ["s"]),
        makeNode("Softmax", ["s"], ["p"], { axis: int(-1) }),
        makeNode("MatMul", ["p", "q"], ["o"]),
        makeNode("Transpose", ["o"], ["m"], { perm: ints(1, 0, 2) }),
        makeNode("Reshape", ["m", "rows"], ["f"]),
        makeNode("Gemm", ["f", "w"], ["g"]),
        makeNode("Reshape", ["g", "apart"], ["a"]),
        makeNode("Transpose", ["a"], ["y"], { perm: ints(1, 0, 2) }),
      ];
      const constants = {
        split: list(5, 2 * batch, 4),
        rows: list(5 * batch, 8),
        apart: list(5, batch, 8),
        w: numbers([8, 8]),
      };
      await freed(network(nodes, [batch, 5, 8], constants), 40);
    }
  });

  test("a constant that is joined to each sample, and states of a recurrent layer", async () => {
    const token = (batch: number) =>
      float32Tensor(
        [batch, 1, 4],
        Array.from({ length: batch * 4 }, (_, i) => i % 4),
      );
    for (const batch of [1, 2]) {
      const join = [makeNode("Concat", ["token", "x"], ["y"], { axis: int(1) })];
      await freed(network(join, [batch, 3, 4], { token: token(batch) }), 16);
    }
    const recurrent = [
      makeNode("Transpose", ["x"], ["t"], { perm: ints(1, 0, 2) }),
      makeNode("RNN", ["t", "w", "r", "", "", "state"], ["", "last"], { hidden_size: int(6) }),
      makeNode("Squeeze", ["last", "zero"], ["y"]),
    ];
    const weights = { w: numbers([1, 6, 4]), r: numbers([1, 6, 6], 2), state: numbers([1, 1, 6]), zero: list(0) };
    await freed(network(recurrent, [1, 3, 4], weights), 6);
  });

  test("sizes of an enlargement", async () => {
    const nodes = [makeNode("Resize", ["x", "", "", "sizes"], ["y"])];
    await freed(network(nodes, [1, 2, 3, 3], { sizes: list(1, 2, 6, 6) }), 72);
  });

  test("a network that mixes its samples keeps its batch size, and says why", () => {
    const nodes = [makeNode("ReduceMean", ["x", "zero"], ["m"]), makeNode("Sub", ["x", "m"], ["y"])];
    const result = rebatch(network(nodes, [2, 3], { zero: list(0) }));
    assert.equal(result.batch, 2);
    assert.match(result.reason ?? "", /"m" \(ReduceMean\) is made of all samples together/);
  });

  test("different rows for each sample of the old batch stay", () => {
    const nodes = [makeNode("Add", ["x", "rows"], ["y"])];
    assert.equal(rebatch(network(nodes, [2, 3], { rows: numbers([2, 3]) })).batch, 2);
    const equal = float32Tensor([2, 3], [1, 2, 3, 1, 2, 3]);
    assert.equal(rebatch(network(nodes, [2, 3], { rows: equal })).batch, "free");
  });

  test("the input that takes samples, among several", () => {
    const inputs = [
      { name: "mask", dtype: "bool", shape: [1, 9] } as const,
      { name: "input_ids", dtype: "int64", shape: [1, 9] } as const,
      value("image", [1, 3, 8, 8]),
    ];
    const nodes = [makeNode("Flatten", ["image"], ["y"])];
    const program = makeProgram(21, { nodes, inputs, outputs: ["y"] });
    const result = rebatch(program);
    assert.equal(result.input.name, "image");
    assert.deepEqual(
      result.otherInputs.map(({ name }) => name),
      ["mask", "input_ids"],
    );
    const none = makeProgram(21, { nodes: [], inputs: inputs.slice(0, 1), outputs: [] });
    assert.throws(
      () => rebatch(none),
      (error) => error instanceof Failure && error.code === "onnx/no-sample-input",
    );
  });
});
