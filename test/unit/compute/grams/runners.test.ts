import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend } from "../../../../src/compute/backends/backend.ts";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { fixedBatchRunner } from "../../../../src/compute/grams/fixedBatchRunner.ts";
import { gramRunner } from "../../../../src/compute/grams/gramRunner.ts";
import { representationRunner } from "../../../../src/compute/grams/representations.ts";
import type { OpenModel } from "../../../../src/compute/models/openModel.ts";
import { makeNode, makeProgram, type Program } from "../../../../src/core/graph/graph.ts";
import type { Tap } from "../../../../src/core/graph/tap.ts";
import { float32Tensor } from "../../../../src/core/graph/tensor.ts";
import { withGrams } from "../../../../src/core/methods/gramGraph.ts";

const samples = 7;
const x = Float32Array.from({ length: samples * 3 }, (_, i) => Math.sin(i * 7.3) * 4 + 100);
const weights = Float32Array.from({ length: 12 }, (_, i) => Math.cos(i));
const input = { shape: [samples, 3], data: x };

/** x · W, transposed so that the samples lie along the second axis, and ReLU of it. */
const program: Program = {
  irVersion: 10,
  opsets: new Map([["", 21]]),
  functions: [],
  producer: "",
  metadata: new Map(),
  graph: {
    name: "g",
    inputs: [{ name: "x", dtype: "float32", shape: ["n", 3] }],
    outputs: [{ name: "y", dtype: "float32", shape: [4, "n"] }],
    nodes: [
      makeNode("MatMul", ["x", "w"], ["h"]),
      makeNode("Transpose", ["h"], ["t"], { perm: { type: "ints", value: [1, 0] } }),
      makeNode("Relu", ["t"], ["y"]),
    ],
    initializers: new Map([["w", float32Tensor([3, 4], weights)]]),
    valueTypes: new Map(),
  },
};

const taps: Tap[] = [
  { name: "h", value: "h", op: "MatMul", shape: ["n", 4], width: 4, sampleAxis: 0, folded: [] },
  { name: "y", value: "y", op: "Relu", shape: [4, "n"], width: 4, sampleAxis: 1, folded: [] },
];

/** What the runners ask of a model. */
function model(batch: "free" | number): OpenModel {
  const conversion = { shape: [3], channelAxis: 0, order: undefined };
  return { program, batch, taps, answer: taps[1], input: program.graph.inputs[0], conversion } as unknown as OpenModel;
}

const backend = onnxRuntime("cpu", 1);
const hidden = (s: number, unit: number) =>
  [0, 1, 2].reduce((sum, i) => sum + x[s * 3 + i]! * weights[i * 4 + unit]!, 0);

/** The same of samples about the origin. */
const nearHidden = (s: number, unit: number) =>
  [0, 1, 2].reduce((sum, i) => sum + (x[s * 3 + i]! - 100) * weights[i * 4 + unit]!, 0);

const answersExpected = () =>
  Array.from({ length: samples * 4 }, (_, at) => Math.max(0, hidden(Math.floor(at / 4), at % 4)));

/** The Gram of the representation about its first sample, in float64. */
function expectedGram(value: (s: number, unit: number) => number): number[] {
  const moved = (s: number, u: number) => value(s, u) - value(0, u);
  return Array.from({ length: samples * samples }, (_, at) =>
    [0, 1, 2, 3].reduce((sum, u) => sum + moved(Math.floor(at / samples), u) * moved(at % samples, u), 0),
  );
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i]! - value) <= 2e-5 * scale, `${i}`);
}

test("Grams come out of the network about its first sample, also where samples lie along an inner axis", async () => {
  const runner = await gramRunner(backend, model("free"), taps, true);
  const { grams, answers } = await runner.run(input);
  await runner.release();
  assertClose(grams.get("h")!.square, expectedGram(hidden));
  assertClose(
    grams.get("y")!.square,
    expectedGram((s, u) => Math.max(0, hidden(s, u))),
  );
  assertClose(answers!, answersExpected());
});

test("a Gram is of what a transposition of the features was made of, which it does not see", () => {
  const nodes = [
    makeNode("Relu", ["x"], ["r"]),
    makeNode("Transpose", ["r"], ["swapped"], { perm: { type: "ints", value: [0, 2, 1] } }),
    makeNode("Transpose", ["r"], ["mixed"], { perm: { type: "ints", value: [1, 0, 2] } }),
  ];
  const tap = (value: string): Tap => ({ ...taps[0]!, name: value, value, op: "Transpose", shape: ["n", 2, 2] });
  const own = { ...program, graph: { ...program.graph, nodes, initializers: new Map() } };
  const extended = withGrams(own, [tap("swapped"), tap("mixed")], new Set());
  const read = extended.program.graph.nodes.filter(({ op }) => op === "Cast").map(({ inputs }) => inputs[0]);
  assert.deepEqual(read, ["mixed", "r"]);
});

test("long representations are multiplied in parts where there are threads for them, to the same Gram", async () => {
  const long = (width: number): OpenModel => {
    const [x, r] = ["x", "r"].map((name) => ({ name, dtype: "float32", shape: ["n", width] }) as const);
    const graph = { name: "g", inputs: [x!], nodes: [makeNode("Relu", ["x"], ["r"])], outputs: [r!] };
    return { ...model("free"), program: makeProgram(graph), taps: [longTap(width)] };
  };
  const longTap = (width: number): Tap => ({ ...taps[0]!, name: "r", value: "r", shape: ["n", width], width });
  for (const [threads, width, parts] of [
    [1, 8192, []],
    [2, 8192, ["likeness::2parts"]],
    [3, 8192, ["likeness::4parts"]],
    [16, 8192, ["likeness::4parts"]],
    [16, 8194, ["likeness::2parts"]],
    [16, 8193, []],
  ] as const) {
    const network = long(width);
    const { initializers } = withGrams(network.program, network.taps, new Set(), { threads }).program.graph;
    assert.deepEqual(
      [...initializers.keys()].filter((name) => name.endsWith("parts")),
      parts,
    );
    const data = Float32Array.from({ length: samples * width }, (_, i) => Math.sin(i * 7.3));
    const runner = await gramRunner({ ...backend, threads }, network, network.taps, false);
    const { grams } = await runner.run({ shape: [samples, width], data });
    await runner.release();
    const rows = Array.from({ length: samples }, (_, s) =>
      data.subarray(s * width, (s + 1) * width).map((value) => Math.max(0, value)),
    );
    const products = rows.flatMap((a) => rows.map((b) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)));
    assertClose(grams.get("r")!.square, products);
  }
});

test("samples about the origin keep it, until a run brings some that lie far from it", async () => {
  const loads: string[] = [];
  const counting: Backend = {
    ...backend,
    load: (program, options) => {
      loads.push(program.graph.nodes.map(({ op }) => op).join());
      return backend.load(program, options);
    },
  };
  const runner = await gramRunner(counting, model("free"), taps, false);
  const near = { shape: [samples, 3], data: x.map((value) => value - 100) };
  const { grams } = await runner.run(near);
  assert.equal(loads.length, 1);
  assert.equal(grams.get("h")!.offset, 0);
  assertClose([grams.get("h")!.square[0]!], [[0, 1, 2, 3].reduce((sum, u) => sum + nearHidden(0, u) ** 2, 0)]);
  const far = await runner.run(input);
  assert.equal(loads.length, 2);
  assert.ok(loads[1]!.includes("Sub"));
  assertClose(far.grams.get("h")!.square, expectedGram(hidden));
  assert.ok(far.grams.get("h")!.offset > 0);
  await runner.release();
});

test("a network of a fixed batch gives the same Grams, in portions, the last one filled up", async () => {
  const free = await gramRunner(backend, model("free"), taps, true);
  const { grams: expected } = await free.run(input);
  await free.release();
  for (const batch of [1, 2, 3]) {
    const runner = fixedBatchRunner(backend, model(batch), taps, true);
    const { grams, answers } = await runner.run(input);
    await runner.release();
    for (const tap of taps) assertClose(grams.get(tap.value)!.square, [...expected.get(tap.value)!.square]);
    assertClose(answers!, answersExpected());
  }
});

test("representations have their samples first", async () => {
  const runner = await representationRunner(backend, model("free"), taps);
  const values = await runner.run(input);
  await runner.release();
  assert.deepEqual(values.get("y")?.shape, [samples, 4]);
  assertClose(values.get("y")!.data as Float32Array, answersExpected());
});
