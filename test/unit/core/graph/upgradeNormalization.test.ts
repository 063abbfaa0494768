import assert from "node:assert/strict";
import { test } from "node:test";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { float32Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { upgrade } from "../../../../src/core/graph/upgrade.ts";
import { float, int, numbers } from "../../../fixtures/onnxPrograms.ts";
import { equivalent, refused, same, single } from "../../../fixtures/upgrading.ts";

test("Softmax and its kind keep reading a matrix", async () => {
  for (const op of ["Softmax", "LogSoftmax", "Hardmax"]) {
    for (const axis of [undefined, 0, 1, 2, 3, -1, -2]) {
      for (const shape of [
        [2, 3, 4, 5],
        ["a", "b", "c", "d"],
      ]) {
        const attributes = axis === undefined ? {} : { axis: int(axis) };
        await same(single(11, op, attributes, shape), [numbers([2, 3, 4, 5])], `${op} ${axis} ${shape}`);
      }
    }
  }
  const plain = await same(single(9, "Softmax", { axis: int(1) }, ["n", 10]), [numbers([3, 10])]);
  assert.deepEqual(
    plain.graph.nodes.map(({ op }) => op),
    ["Softmax"],
    "a matrix needs no rewriting",
  );
});

test("BatchNormalization runs for inference", async () => {
  const x = numbers([2, 3, 4, 5]);
  const statistics = (shape: number[]) => ({
    scale: numbers(shape, 2),
    bias: numbers(shape, 3),
    mean: numbers(shape, 4),
    variance: float32Tensor(
      shape,
      toFloat32(numbers(shape, 5)).map((v) => v * v + 0.1),
    ),
  });
  const attributes = { epsilon: float(1e-3), momentum: float(0.8) };
  await same(single(9, "BatchNormalization", attributes, [2, 3, 4, 5], { constants: statistics([3]) }), [x]);
  await same(
    single(8, "BatchNormalization", { ...attributes, spatial: int(1) }, [2, 3, 4, 5], { constants: statistics([3]) }),
    [x],
  );
  await equivalent(
    single(6, "BatchNormalization", { ...attributes, is_test: int(1) }, [2, 3, 4, 5], { constants: statistics([3]) }),
    single(9, "BatchNormalization", attributes, [2, 3, 4, 5], { constants: statistics([3]) }),
    [x],
  );
  const elements = { ...attributes, spatial: int(0) };
  await same(single(8, "BatchNormalization", elements, [2, 3, 4, 5], { constants: statistics([3, 4, 5]) }), [x]);
  const outputs = ["y", "m", "v", "sm", "sv"];
  refused(
    () => upgrade(single(9, "BatchNormalization", {}, [2, 3, 4, 5], { constants: statistics([3]), outputs })),
    /BatchNormalization "node".*training/,
  );
});

test("Dropout does nothing, and says so where it would", async () => {
  await same(single(10, "Dropout", { ratio: float(0.7) }, [3, 4]), [numbers([3, 4])]);
  await same(single(7, "Dropout", {}, [3, 4]), [numbers([3, 4])]);
  upgrade(single(6, "Dropout", { is_test: int(1) }, [3, 4]));
  refused(() => upgrade(single(6, "Dropout", {}, [3, 4])), /Dropout "node".*random/);
  refused(() => upgrade(single(7, "Dropout", {}, [3, 4], { outputs: ["y", "mask"] })), /Dropout "node".*mask/);
});

test("GroupNormalization gets one scale per channel", async () => {
  const constants = { scale: numbers([2], 2), bias: numbers([2], 3) };
  const x = numbers([2, 6, 3, 3]);
  // Per group in 18: the same as per channel with each value three times.
  const repeated = (t: Tensor): Tensor => {
    const [a = 0, b = 0] = toFloat32(t);
    return float32Tensor([6], [a, a, a, b, b, b]);
  };
  const perChannel = { scale: repeated(constants.scale), bias: repeated(constants.bias) };
  const attributes = { num_groups: int(2), epsilon: float(1e-4) };
  await equivalent(
    single(18, "GroupNormalization", attributes, ["n", 6, 3, 3], { constants }),
    single(21, "GroupNormalization", attributes, ["n", 6, 3, 3], { constants: perChannel }),
    [x],
  );
  await same(single(18, "GroupNormalization", attributes, ["n", 6, 3, 3], { constants }), [x]);
});
