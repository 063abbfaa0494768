import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileFindings } from "../../../../src/core/checks/fileChecks.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { makeNode } from "../../../../src/core/graph/graph.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { int, makeProgram, numbers, tensor } from "../../../fixtures/onnxPrograms.ts";
import { checked, healthy, healthyProgram } from "./checked.ts";

const filled = (shape: readonly number[], value: number): Tensor =>
  float32Tensor(
    shape,
    Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => value),
  );

/** A weight of the healthy network with one element replaced. */
function withElement(name: string, index: number, value: number): Record<string, Tensor> {
  const weight = healthyProgram().graph.initializers.get(name);
  assert.ok(weight, name);
  const values = toFloat32(weight).slice();
  values[index] = value;
  return { [name]: float32Tensor(weight.shape, values) };
}

const codes = (file: Parameters<typeof fileFindings>[0]): string[] => fileFindings(file).map(({ code }) => code);

test("there is nothing to say of a healthy network", () => {
  assert.deepEqual(fileFindings(healthy()), []);
});

describe("numbers that are none", () => {
  test("are found, with their names and counts", () => {
    const [finding, ...more] = fileFindings(healthy(withElement("conv2.weight", 5, Number.NaN)));
    assert.deepEqual(more, []);
    assert.equal(finding?.severity, "error");
    assert.equal(finding?.evidence, "1 of 22 tensors: conv2.weight (1 NaN of 2592).");
    const infinite = fileFindings(healthy(withElement("fc.bias", 0, Number.NEGATIVE_INFINITY)));
    assert.match(infinite[0]?.evidence ?? "", /fc\.bias \(1 infinite of 4\)/);
  });

  test("are no fault of masks", () => {
    const minus = Number.NEGATIVE_INFINITY;
    const weights = { "conv.weight": numbers([3, 4]) };
    assert.deepEqual(codes(checked({ ...weights, attn_mask: float32Tensor([2], [1, minus]) })), []);
    assert.deepEqual(codes(checked({ ...weights, "attn.causal": float32Tensor([2, 2], [0, minus, 0, 0]) })), []);
    assert.deepEqual(codes(checked({ ...weights, "attn.weight": float32Tensor([2, 2], [0.5, minus, 0, 0]) })), [
      "check/non-finite",
    ]);
  });
});

describe("weights that are all one number", () => {
  test("are found in a trained network", () => {
    const zero = fileFindings(healthy({ "conv3.weight": filled([32, 24, 3, 3], 0) }));
    assert.deepEqual(
      zero.map(({ code, severity, title }) => [code, severity, title]),
      [["check/constant", "warning", "Weights that are all zero."]],
    );
    assert.equal(zero[0]?.evidence, "1 tensor: conv3.weight (32 × 24 × 3 × 3, all 0).");
    const constant = fileFindings(healthy({ "bn2.bias": filled([24], 0.1) }));
    assert.equal(constant[0]?.title, "Weights that are all one number.");
    assert.equal(constant[0]?.evidence, "1 tensor: bn2.bias (24, all 0.1).");
  });

  test("a bias at zero is a remark", () => {
    const [finding] = fileFindings(healthy({ "fc.bias": filled([4], 0) }));
    assert.deepEqual([finding?.code, finding?.severity], ["check/initial-values", "information"]);
  });

  test("a batch norm that saw nothing is told by its variance", () => {
    const planted = { "bn4.running_mean": filled([40], 0), "bn4.running_var": filled([40], 1) };
    const [finding, ...more] = fileFindings(healthy(planted));
    assert.deepEqual(more, []);
    assert.equal(finding?.code, "check/statistics-initial");
    assert.match(finding?.evidence ?? "", /bn4\.running_var\.$/);
  });

  test("a fresh network is told once", () => {
    const layer = (path: string): Record<string, Tensor> => ({
      [`${path}.conv.weight`]: numbers([8, 3, 3, 3]),
      [`${path}.bn.weight`]: filled([8], 1),
      [`${path}.bn.bias`]: filled([8], 0),
      [`${path}.bn.running_mean`]: filled([8], 0),
      [`${path}.bn.running_var`]: filled([8], 1),
      [`${path}.bn.num_batches_tracked`]: int64Tensor([], [0]),
    });
    const names = Array.from({ length: 100 }, (_, i) => `layer${i}`);
    const fresh = { ...Object.assign({}, ...names.map(layer)), "fc.weight": numbers([4, 8]), "fc.bias": numbers([4]) };
    const [finding, ...more] = fileFindings(checked(fresh));
    assert.deepEqual(more, []);
    assert.equal(finding?.title, "It looks untrained.");
    assert.equal(
      finding?.evidence,
      "400 of 401 vectors are as in a fresh network: 100 scales at 1, 100 biases at 0, 100 running means at 0, 100 running variances at 1.",
    );
  });

  test("counters, masks and indices are none", () => {
    const buffers = {
      "bn.num_batches_tracked": int64Tensor([2], [0, 0]),
      "attn.mask": filled([4, 4], 1),
      "embeddings.position_ids": int64Tensor([1, 4], [0, 0, 0, 0]),
      "rotary.inv_freq": filled([4], 1),
      scalar: float32Tensor([], [0]),
    };
    assert.deepEqual(codes(healthy(buffers)), []);
  });
});

describe("dead channels", () => {
  test("few are a remark, many a warning", () => {
    const few = fileFindings(healthy(withElement("bn4.running_var", 3, 0)));
    assert.deepEqual([few[0]?.code, few[0]?.severity, few.length], ["check/dead-channels", "information", 1]);
    assert.match(few[0]?.evidence ?? "", /bn4\.running_var \(1 of 40\)/);
    const some = {
      "bn4.running_var": float32Tensor(
        [40],
        Array.from({ length: 40 }, (_, i) => (i < 8 ? 1e-20 : i)),
      ),
    };
    const [many] = fileFindings(healthy(some));
    assert.deepEqual([many?.severity, many?.evidence.includes("(8 of 40)")], ["warning", true]);
  });

  test("a variance below zero is an error", () => {
    const [finding] = fileFindings(healthy(withElement("bn1.running_var", 0, -0.5)));
    assert.deepEqual([finding?.code, finding?.severity], ["check/negative-variance", "error"]);
  });

  test("are found by the graph where names say nothing", () => {
    const program = makeProgram(17, {
      nodes: [makeNode("BatchNormalization", ["x", "1", "2", "3", "4"], ["y"])],
      outputs: ["y"],
    });
    const vector = (first: number): Tensor => float32Tensor([3], [first, 2, 3]);
    const file = checked({ "1": vector(1), "2": vector(0), "3": vector(0), "4": vector(0) }, { program });
    assert.deepEqual(codes(file), ["check/dead-channels"]);
  });
});

describe("training mode", () => {
  const parts = (nodes: Parameters<typeof makeProgram>[1]["nodes"]) => ({ nodes, outputs: ["y"] });
  const batchNorm = (attributes: Parameters<typeof makeNode>[3], outputs = ["y"]) =>
    makeNode("BatchNormalization", ["x", "s", "b", "m", "v"], outputs, attributes, "bn1");
  const weights = { "conv.weight": numbers([3, 4]) };
  const foundAt = (version: number, ...nodes: Parameters<typeof makeProgram>[1]["nodes"]): string[] =>
    codes(checked(weights, { program: makeProgram(version, parts(nodes)) }));
  const training = ["check/training-mode"];

  test("of batch norms, in every operator set's way", () => {
    assert.deepEqual(foundAt(17, batchNorm({ training_mode: int(1) })), training);
    assert.deepEqual(foundAt(17, batchNorm({ training_mode: int(0) })), []);
    assert.deepEqual(foundAt(9, batchNorm({}, ["y", "mean", "var"])), training);
    assert.deepEqual(foundAt(9, batchNorm({})), []);
    assert.deepEqual(foundAt(6, batchNorm({ is_test: int(0) })), training);
    assert.deepEqual(foundAt(6, batchNorm({ is_test: int(1) })), []);
  });

  test("of dropout", () => {
    const flag = (value: number) =>
      makeNode("Constant", [], ["t"], {
        value: tensor({ dtype: "bool", shape: [], bytes: () => Uint8Array.of(value) }),
      });
    const dropout = makeNode("Dropout", ["x", "r", "t"], ["y"], {}, "drop");
    assert.deepEqual(foundAt(17, flag(1), dropout), training);
    assert.deepEqual(foundAt(17, flag(0), dropout), []);
    assert.deepEqual(foundAt(17, makeNode("Dropout", ["x"], ["y"])), []);
    const program = makeProgram(17, parts([flag(1), dropout]));
    assert.equal(fileFindings(checked(weights, { program }))[0]?.evidence, "Dropout drop.");
  });

  test("where the reader says so", () => {
    const notices = [{ code: "torchscript/training-mode", message: "It was saved in training mode." }];
    assert.deepEqual(codes(checked(weights, { notices })), training);
  });
});

describe("what cannot be looked at", () => {
  const unreadable = (failure: Failure): Tensor => ({
    dtype: "float32",
    shape: [4],
    bytes: () => {
      throw failure;
    },
  });

  test("types that are not decoded are a remark, damage is an error, a missing end says so", () => {
    const found = (code: string) => {
      const weight = unreadable(new Failure(code, "What is wrong.", { hint: "What to do." }));
      const [finding, ...more] = fileFindings(healthy({ odd: weight }));
      assert.deepEqual(more, []);
      return [finding?.code, finding?.severity, finding?.evidence];
    };
    const evidence = "1 of 23 tensors: odd. What is wrong.";
    assert.deepEqual(found("gguf/type-not-read"), ["check/unread", "information", evidence]);
    assert.deepEqual(found("tensorflow/checksum"), ["check/unread", "error", evidence]);
    assert.deepEqual(found("zip/truncated-entry"), ["check/cut-off", "error", "What is wrong. What to do."]);
  });

  test("classes that PyTorch does not know are told, and worse where they are dangerous", () => {
    const found = (message: string) => {
      const [finding] = fileFindings(checked({}, { notices: [{ code: "pickle/foreign-class", message }] }));
      return finding?.severity;
    };
    assert.equal(found("Contains Python objects of a foreign class (wandb.Run), ignored."), "information");
    assert.equal(
      found("Contains … (posix.system), ignored. Do not torch.load this file: it could run code of its own."),
      "error",
    );
  });
});
