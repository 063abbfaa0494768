import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../../src/compute/backends/onnxRuntime.ts";
import { checkProgram } from "../../../../../src/core/graph/check.ts";
import { type GradientRequest, withGradient } from "../../../../../src/core/graph/gradient/withGradient.ts";
import { type Dim, makeNode, makeProgram, type Node, type Program } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../../src/core/graph/tensor.ts";
import { float, int, ints, value } from "../../../../fixtures/onnxPrograms.ts";

function programOf(nodes: readonly Node[], shape: readonly Dim[], initializers: Readonly<Record<string, Tensor>> = {}) {
  return makeProgram({
    name: "test",
    inputs: [value("x", shape)],
    outputs: [value("y", undefined)],
    nodes,
    initializers: new Map(Object.entries(initializers)),
  });
}

const sums = new Map([["y", undefined]]);

/** The gradient of the sum of `y`, or as requested, for one input. */
async function gradient(
  program: Program,
  shape: readonly number[],
  numbers: readonly number[],
  request: Partial<GradientRequest> = {},
): Promise<readonly number[]> {
  const wanted: GradientRequest = { seeds: sums, withRespectTo: ["x"], profile: "cpu", ...request };
  const { program: both, gradients } = withGradient(program, wanted);
  checkProgram(both);
  const session = await onnxRuntime("auto", 1).load(both);
  const results = await session.run(new Map([["x", { shape, data: Float32Array.from(numbers) }]]));
  await session.release();
  return Array.from(results.get(gradients.get(wanted.withRespectTo[0]!)!)!.data as Float32Array);
}

describe("the backward graph", () => {
  test("goes only where the objective and the input are joined", () => {
    const nodes = [
      makeNode("Exp", ["x"], ["e"]),
      makeNode("Mul", ["e", "w"], ["m"]),
      makeNode("NonZero", ["m"], ["elsewhere"]),
      makeNode("Neg", ["m"], ["y"]),
    ];
    const program = programOf(nodes, ["batch", 2], { w: float32Tensor([2], [1, 2]) });
    const { program: both, gradients } = withGradient(program, { seeds: sums, withRespectTo: ["m"], profile: "cpu" });
    assert.deepEqual(both.graph.nodes.slice(0, 4), nodes);
    const own = both.graph.nodes.slice(4).map(({ op }) => op);
    assert.deepEqual(own, ["Shape", "Expand", "Neg"]);
    assert.deepEqual(both.graph.outputs.at(-1), { ...value(gradients.get("m")!, ["batch", 2]) });
  });

  test("takes any number of samples", async () => {
    const program = programOf([makeNode("Mul", ["x", "x"], ["y"])], ["batch", 1]);
    for (const count of [1, 2, 5]) {
      const numbers = Array.from({ length: count }, (_, i) => i - 1);
      assert.deepEqual(
        await gradient(program, [count, 1], numbers),
        numbers.map((number) => 2 * number),
      );
    }
  });

  test("sums seeds at several values, one of which the other depends on, and takes them from the graph", async () => {
    const nodes = [
      makeNode("Mul", ["x", "x"], ["square"]),
      makeNode("Mul", ["square", "x"], ["y"]),
      makeNode("Identity", ["x"], ["weights"]),
    ];
    const seeds = new Map([
      ["y", undefined],
      ["square", "weights"],
    ]);
    // 3x² + x · 2x
    assert.deepEqual(await gradient(programOf(nodes, ["n"]), [3], [1, 2, -3], { seeds }), [5, 20, 45]);
  });

  test("gives each value an output of its own", () => {
    const program = programOf([makeNode("Add", ["x", "w"], ["y"])], [2], { w: float32Tensor([2], [1, 2]) });
    const seeds = new Map([["y", "seed"]]);
    const { program: both, gradients } = withGradient(program, {
      seeds,
      withRespectTo: ["x", "w", "y"],
      profile: "cpu",
    });
    assert.equal(new Set(gradients.values()).size, 3);
    assert.deepEqual(
      both.graph.inputs.map(({ name }) => name),
      ["x", "seed"],
    );
    checkProgram(both);
  });

  test("passes a rectifier straight through where it is asked to", async () => {
    const nodes = [makeNode("Relu", ["x"], ["r"]), makeNode("Relu", ["r"], ["y"])];
    const program = programOf(nodes, ["n"]);
    assert.deepEqual(await gradient(program, [2], [-1, 1]), [0, 1]);
    assert.deepEqual(await gradient(program, [2], [-1, 1], { straightThrough: new Set(["r"]) }), [0, 1]);
    assert.deepEqual(await gradient(program, [2], [-1, 1], { straightThrough: new Set(["r", "y"]) }), [1, 1]);
  });

  test("passes a quantised value straight through and says so", async () => {
    const nodes = [
      makeNode("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
      makeNode("Reshape", ["q", "shape"], ["r"]),
      makeNode("DequantizeLinear", ["r", "scale", "zero"], ["d"]),
      makeNode("Mul", ["d", "d"], ["y"]),
    ];
    const zero: Tensor = { dtype: "uint8", shape: [], bytes: () => new Uint8Array([128]) };
    const constants = { scale: float32Tensor([], [0.5]), zero, shape: int64Tensor([2], [-1, 1]) };
    const program = programOf(nodes, ["batch", 2], constants);
    assert.deepEqual(await gradient(program, [1, 2], [1.1, -2]), [2, -4]);
    const { notices } = withGradient(program, { seeds: sums, withRespectTo: ["x"], profile: "cpu" });
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /straight through one quantisation/);
  });

  for (const profile of ["cpu", "webgpu"] as const) {
    test(`gives the first of equal maxima all, ${profile}`, async () => {
      for (const strides of [2, 1]) {
        const attributes = { kernel_shape: ints(2), strides: ints(strides) };
        const program = programOf([makeNode("MaxPool", ["x"], ["y"], attributes)], ["batch", 1, 4]);
        const expected = strides === 2 ? [1, 0, 0, 1] : [1, 1, 0, 1];
        assert.deepEqual(await gradient(program, [1, 1, 4], [1, 1, 1, 2], { profile }), expected);
      }
    });

    test(`has no gradient in a rectifier at 0 and below, ${profile}`, async () => {
      const program = programOf([makeNode("Relu", ["x"], ["y"])], ["n"]);
      const numbers = [-1, -0, 0, 1e-37, 3e38];
      assert.deepEqual(await gradient(program, [5], numbers, { profile }), [0, 0, 0, 1, 1]);
    });
  }

  test("is zero behind what only rounds", async () => {
    const program = programOf([makeNode("Round", ["x"], ["y"])], ["n", 2]);
    assert.deepEqual(await gradient(program, [1, 2], [1.2, 3]), [0, 0]);
  });

  test("divides the mean over the samples by their number", async () => {
    const program = programOf([makeNode("ReduceMean", ["x"], ["y"])], ["batch", 2]);
    assert.deepEqual(await gradient(program, [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), new Array(8).fill(0.125));
  });

  test("runs without indices of poolings for WebGPU, and with one mask for the CPU", () => {
    const window = { kernel_shape: ints(3, 3), strides: ints(2, 2) };
    const nodes = [makeNode("Relu", ["x"], ["r"]), makeNode("MaxPool", ["r"], ["y"], window)];
    const program = programOf(nodes, ["batch", 2, 7, 7]);
    const request = { seeds: sums, withRespectTo: ["x"] };
    const onGpu = withGradient(program, { ...request, profile: "webgpu" }).program.graph.nodes;
    assert.ok(onGpu.every(({ op, outputs }) => op !== "MaxPool" || outputs.length === 1));
    assert.ok(onGpu.every(({ op }) => !/^(Sign|SpaceToDepth|ScatterElements|MaxUnpool|HardSigmoid)$/.test(op)));
    const onCpu = withGradient(program, { ...request, profile: "cpu" }).program.graph.nodes;
    assert.equal(onCpu.find(({ op }) => op === "MaxPool")?.outputs.length, 2);
    assert.ok(onCpu.some(({ op }) => op === "HardSigmoid"));
  });
});

describe("what has no gradient", () => {
  const failure = (code: string, ...patterns: RegExp[]) => {
    return (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      for (const pattern of patterns) assert.match(error.message, pattern);
      return true;
    };
  };
  const take = (program: Program, request: Partial<GradientRequest> = {}) =>
    withGradient(program, { seeds: sums, withRespectTo: ["x"], profile: "cpu", ...request });

  test("is listed all at once, with its nodes", () => {
    const nodes = [
      makeNode("Det", ["x"], ["a"], {}, "first"),
      makeNode("Det", ["x"], ["b"], {}, "second"),
      makeNode("Add", ["a", "b"], ["c"]),
      makeNode("Dropout", ["c", "ratio", "training"], ["d"], {}, "drop"),
      makeNode("GridSample", ["image", "x"], ["e"], {}, "beside"),
      makeNode("Add", ["d", "offset"], ["y"]),
    ];
    const training: Tensor = { dtype: "bool", shape: [], bytes: () => new Uint8Array([1]) };
    const constants = {
      ratio: float32Tensor([], [0.5]),
      training,
      offset: float32Tensor([], [1]),
      image: float32Tensor([1, 1, 2, 2], [1, 2, 3, 4]),
    };
    assert.throws(
      () => take(programOf(nodes, ["batch", 2, 2], constants)),
      failure(
        "gradient/unsupported-op",
        /Det \(2 nodes: first, second\)/,
        /Dropout \(1 node: drop\), in training mode/,
      ),
    );
    assert.throws(
      () => take(programOf(nodes, ["batch", 2, 2], constants)),
      (error: Error) => !/beside/.test(error.message),
    );
  });

  test("is said of a form of an operator", () => {
    const pick = { axis: int(1), batch_dims: int(1), alpha: float(1) };
    const indices = int64Tensor([4, 1], [0, 1, 1, 0]);
    const program = programOf([makeNode("GatherND", ["x", "i"], ["y"], pick, "pick")], [4, 2], { i: indices });
    assert.throws(() => take(program), failure("gradient/unsupported-op", /GatherND \(1 node: pick\), with indices/));
  });

  test("is said of a value that the objective does not depend on, and of one that is not there", () => {
    const program = programOf([makeNode("Mul", ["w", "w"], ["y"])], [2], { w: float32Tensor([2], [1, 2]) });
    assert.throws(() => take(program), failure("gradient/no-path", /y does not depend on x/));
    assert.throws(() => take(program, { withRespectTo: ["z"] }), failure("gradient/unknown-value", /z/));
  });

  test("ends at integers", () => {
    const nodes = [makeNode("ArgMax", ["x"], ["i"]), makeNode("Cast", ["i"], ["y"], { to: int(1) })];
    assert.throws(() => take(programOf(nodes, ["batch", 2])), failure("gradient/no-path"));
  });
});
