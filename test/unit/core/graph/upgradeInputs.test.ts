import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attribute, makeNode } from "../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor } from "../../../../src/core/graph/tensor.ts";
import { float, int, ints, makeProgram, numbers, string, value } from "../../../fixtures/onnxPrograms.ts";
import { equivalent, same, single } from "../../../fixtures/upgrading.ts";

test("bounds, widths, axes and counts become inputs", async () => {
  const x = numbers([2, 3, 4, 5]);
  const shape = ["n", 3, 4, 5];
  const cases: [number, string, Record<string, Attribute>][] = [
    [6, "Clip", { min: float(-0.5), max: float(0.7) }],
    [10, "Clip", { max: float(0.25) }],
    [10, "Clip", {}],
    [10, "Pad", { pads: ints(0, 0, 1, 2, 0, 0, 3, 1) }],
    [10, "Pad", { pads: ints(0, 0, 1, 2, 0, 0, -1, 1), value: float(1.5) }],
    [10, "Pad", { pads: ints(0, 0, 1, 2, 0, 0, 3, 1), mode: string("reflect") }],
    [10, "Pad", { pads: ints(0, 1, 1, 2, 0, 0, 3, 1), mode: string("edge") }],
    [9, "Slice", { starts: ints(1, -3), ends: ints(3, 2 ** 63), axes: ints(2, 3) }],
    [9, "Slice", { starts: ints(0, 1), ends: ints(1, 2) }],
    [11, "Unsqueeze", { axes: ints(0, -1) }],
    [9, "TopK", { k: int(2), axis: int(2) }],
    [12, "ReduceSum", { axes: ints(1, 2), keepdims: int(0) }],
    [12, "ReduceSum", {}],
    [12, "Split", { axis: int(3), split: ints(2, 3) }],
    [12, "Split", { axis: int(2) }],
    [13, "Split", { axis: int(2) }],
  ];
  for (const op of ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"]) {
    const opset = op === "LogSum" ? 1 : 17;
    cases.push([opset, `Reduce${op}`, { axes: ints(2, 3) }], [11, `Reduce${op}`, { axes: ints(-1), keepdims: int(0) }]);
    cases.push([13, `Reduce${op}`, { keepdims: int(0) }]);
  }
  for (const [opset, op, attributes] of cases) {
    const outputs = op === "Split" || op === "TopK" ? ["y", "z"] : ["y"];
    const label = `${op} ${opset} ${JSON.stringify(attributes)}`;
    await same(single(opset, op, attributes, shape, { outputs }), [x], label);
  }
  await same(single(11, "Squeeze", { axes: ints(1, -1) }, [2, 1, 3, 1]), [numbers([2, 1, 3, 1])]);
  await same(single(11, "Squeeze", {}, [2, 1, 3, 1]), [numbers([2, 1, 3, 1])]);
});

test("Clip keeps its bounds in the type of the data", async () => {
  const program = makeProgram(10, {
    nodes: [
      makeNode("Cast", ["x"], ["h"], { to: int(11) }),
      makeNode("Clip", ["x"], ["y"], { min: float(0), max: float(0.3) }),
      makeNode("Cast", ["h"], ["z"], { to: int(1) }),
    ],
    inputs: [value("x", [4])],
    outputs: ["y", "z"],
  });
  const upgraded = await same(program, [numbers([4])]);
  assert.ok(upgraded.graph.nodes.some(({ op }) => op === "CastLike"));
});

test("Gemm, Reshape, Concat, Tile, Cast and Selu of the first operator sets", async () => {
  const constants = { b: numbers([4, 5], 2), c: numbers([5], 3) };
  await equivalent(
    single(6, "Gemm", { broadcast: int(1), alpha: float(0.5) }, [3, 4], { constants }),
    single(13, "Gemm", { alpha: float(0.5) }, [3, 4], { constants }),
    [numbers([3, 4])],
  );
  await equivalent(
    single(4, "Reshape", { shape: ints(0, -1) }, [2, 3, 4]),
    single(13, "Reshape", {}, [2, 3, 4], { constants: { shape: int64Tensor([2], [0, -1]) } }),
    [numbers([2, 3, 4])],
  );
  const other = { other: numbers([2, 5], 4) };
  await equivalent(
    single(3, "Concat", {}, [2, 3], { constants: other }),
    single(13, "Concat", { axis: int(1) }, [2, 3], { constants: other }),
    [numbers([2, 3])],
  );
  await equivalent(
    single(5, "Tile", {}, ["a", "b", "c"], {
      constants: { tiles: float32Tensor([], [3]), axis: float32Tensor([], [1]) },
    }),
    single(13, "Tile", {}, ["a", "b", "c"], { constants: { repeats: int64Tensor([3], [1, 3, 1]) } }),
    [numbers([2, 3, 2])],
  );
  await equivalent(single(5, "Cast", { to: string("INT64") }, [4]), single(13, "Cast", { to: int(7) }, [4]), [
    numbers([4]),
  ]);
  await equivalent(
    single(5, "Selu", { consumed_inputs: ints(0) }, [9]),
    single(13, "Selu", { alpha: float(1.6732), gamma: float(1.0507) }, [9]),
    [numbers([9])],
  );
});
