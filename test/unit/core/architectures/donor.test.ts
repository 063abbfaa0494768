import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileSource, siblingFiles } from "../../../../src/compute/files.ts";
import { bindToDonor, verifyDonor } from "../../../../src/core/architectures/donor/bind.ts";
import { Failure } from "../../../../src/core/failure.ts";
import type { WeightSet } from "../../../../src/core/formats/checkpoint.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import { float, ints } from "../../../../src/core/graph/attributes.ts";
import { makeNode, type Program } from "../../../../src/core/graph/graph.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { float32Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { firstOutput, readEncodedNetwork, worstDifference } from "../../../fixtures/encodedNetwork.ts";

/**
 * Donors exported by PyTorch's TorchScript exporter from one instance of a network, checkpoints of another, and what PyTorch
 * computes with those (`test/fixtures/donors/make_donors.py`).
 */

const folder = join(import.meta.dirname, "../../../fixtures/donors");

function load(name: string): { donor: Program; weights: WeightSet; input: Tensor; output: Tensor } {
  const donor = readOnnx(fileSource(join(folder, `${name}.onnx`)), siblingFiles(folder));
  return { donor, ...readEncodedNetwork(join(folder, `${name}.json`)) };
}

async function worst(program: Program, { input, output }: { input: Tensor; output: Tensor }): Promise<number> {
  return worstDifference(await firstOutput(program, input), toFloat32(output));
}

function without(weights: WeightSet, ...names: readonly string[]): WeightSet {
  return { ...weights, tensors: new Map([...weights.tensors].filter(([name]) => !names.includes(name))) };
}

function withMore(weights: WeightSet, more: Readonly<Record<string, Tensor>>): WeightSet {
  return { ...weights, tensors: new Map([...weights.tensors, ...Object.entries(more)]) };
}

const tolerance = 1e-5;

describe("a checkpoint in a donor", () => {
  test("transposed, permuted, reshaped and folded tensors give PyTorch's output", async (t) => {
    const { donor, weights, ...values } = load("everything");
    const { program, classes } = bindToDonor(donor, weights, "everything.onnx");
    assert.deepEqual(classes.transposed.toSorted(), ["attn.in_proj_weight", "proj.weight", "square.weight"]);
    assert.deepEqual(
      classes.fused.filter((name) => name.startsWith("conv1")),
      ["conv1.weight"],
    );
    assert.ok(classes.derived.includes("gn.weight") && classes.derived.includes("lstm.bias_hh_l1_reverse"));
    assert.ok(classes.exact.includes("up.1.running_var"), "the batch norm behind a transposed convolution stays");
    const counted = Object.values(classes).flat();
    assert.equal(new Set(counted).size, weights.tensors.size);
    assert.equal(counted.length, weights.tensors.size);
    const off = await worst(program, values);
    t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)}`);
    assert.ok(off <= tolerance);
  });

  test("a batch norm before its convolution goes into the one before that; lists side by side are paired", async (t) => {
    const { donor, weights, ...values } = load("preActivation");
    const { program, classes } = bindToDonor(donor, weights, "preActivation.onnx");
    assert.ok(classes.fused.includes("bn2.running_mean") && classes.fused.includes("bns.1.weight"));
    assert.ok(classes.fused.includes("shortcut.1.bias"));
    assert.ok(classes.exact.includes("bn1.weight"));
    const off = await worst(program, values);
    t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)}`);
    assert.ok(off <= tolerance);
  });

  test("tensors that were equal in a fresh network, and shared by the exporter, are told apart again", async () => {
    const { donor, weights, ...values } = load("untrained");
    assert.ok(donor.graph.nodes.some(({ op }) => op === "Identity"));
    assert.ok((await worst(bindToDonor(donor, weights, "untrained.onnx").program, values)) <= tolerance);
  });

  test("shared weights may have one name or two", async () => {
    const { donor, weights, ...values } = load("tied");
    assert.ok((await worst(bindToDonor(donor, weights, "tied.onnx").program, values)) <= tolerance);
  });

  test("a prefix that only one side has is no matter", async () => {
    const { donor, weights, ...values } = load("everything");
    const prefixed = { ...weights, tensors: new Map([...weights.tensors].map(([key, each]) => [`net.${key}`, each])) };
    assert.ok((await worst(bindToDonor(donor, prefixed, "everything.onnx").program, values)) <= tolerance);
  });

  test("a layer may take its weight through a transposition", async () => {
    const { donor, weights, ...values } = load("tied");
    const nodes = donor.graph.nodes.flatMap((node) => {
      if (node.op !== "Gemm") return [node];
      const turned = makeNode("Transpose", [node.inputs[1]!], [`${node.outputs[0]}::turned`], { perm: ints([1, 0]) });
      const inputs = [node.inputs[0]!, turned.outputs[0]!, ...node.inputs.slice(2)];
      return [turned, { ...node, inputs, attributes: new Map() }];
    });
    const { program, classes } = bindToDonor({ ...donor, graph: { ...donor.graph, nodes } }, weights, "tied.onnx");
    assert.ok(classes.exact.includes("first.bias"));
    assert.ok((await worst(program, values)) <= tolerance);
  });

  test("a head may have another number of classes", async () => {
    const { donor, weights, input } = load("everything");
    const head = withMore(weights, {
      "head.weight": float32Tensor([7, 4], new Array(28).fill(0)),
      "head.bias": float32Tensor([7], [0, 1, 2, 3, 4, 5, 6]),
    });
    const output = await firstOutput(bindToDonor(donor, head, "everything.onnx").program, input);
    assert.deepEqual([...output], [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
  });

  test("weights are read when they are used and not before", () => {
    const { donor, weights } = load("everything");
    const unread = [...weights.tensors].map(([key, tensor]): [string, Tensor] => [
      key,
      { ...tensor, bytes: () => assert.fail(`${key} was read`) },
    ]);
    bindToDonor(donor, { ...weights, tensors: new Map(unread) }, "everything.onnx");
  });
});

describe("a checkpoint that does not fit", () => {
  const refusal = (message: RegExp) => (error: unknown) =>
    error instanceof Failure &&
    error.code === "architecture/donor-mismatch" &&
    message.test(error.message) &&
    /Re-export the donor unfused: .*torch\.export\.save.*do_constant_folding=False/.test(error.hint ?? "");

  test("lacks tensors, has others, or other shapes", () => {
    const { donor, weights } = load("everything");
    const bind = (given: WeightSet) => () => bindToDonor(donor, given, "everything.onnx");
    assert.throws(bind(without(weights, "ln.weight")), refusal(/ln\.weight/));
    assert.throws(bind(without(weights, "lstm.weight_hh_l1")), refusal(/1 parameter.*lstm/));
    assert.doesNotThrow(bind(withMore(weights, { "tied.weight": weights.tensors.get("proj.weight")! })));
    const narrow = float32Tensor([8, 5], new Array(40).fill(1));
    assert.throws(bind(withMore(weights, { "proj.weight": narrow })), refusal(/proj\.weight is \[8,5\]/));
    const other = float32Tensor([2, 2], [1, 2, 3, 4]);
    assert.throws(bind(withMore(weights, { "aux.weight": other })), refusal(/1 tensor .* no place .*aux\.weight/));
  });

  test("what the user agrees to drop is dropped", () => {
    const { donor, weights } = load("everything");
    const more = withMore(weights, { "aux.weight": float32Tensor([2, 2], [1, 2, 3, 4]) });
    const drop = (name: string): boolean => name.startsWith("aux.");
    assert.deepEqual(bindToDonor(donor, more, "everything.onnx", { drop }).classes.dropped, ["aux.weight"]);
  });

  test("a folded convolution whose batch norm is nowhere is not bound raw", () => {
    const { donor, weights } = load("preActivation");
    const names = [...weights.tensors.keys()].filter((name) => name.startsWith("bn2."));
    assert.throws(() => bindToDonor(donor, without(weights, ...names), "x.onnx"), refusal(/conv1/));
  });
});

describe("folding under the old names", () => {
  /** The donor as an exporter leaves it that keeps the names of weights it folded a batch norm into. */
  function renamed({ graph, ...program }: Program): Program {
    const names = new Map<string, string>();
    const nodes = graph.nodes.map((node) => {
      if (node.op !== "Conv") return node;
      const path = node.name.split("/").at(-2)!;
      names.set(node.inputs[1]!, `${path}.weight`);
      if (node.inputs[2]) names.set(node.inputs[2], `${path}.bias`);
      return { ...node, name: "", inputs: node.inputs.map((name) => names.get(name) ?? name) };
    });
    const initializers = new Map([...graph.initializers].map(([name, each]) => [names.get(name) ?? name, each]));
    return { ...program, graph: { ...graph, nodes, initializers } };
  }

  test("name and shape fit, and still the folded values are bound", async (t) => {
    const { donor, weights, ...values } = load("preActivation");
    const trap = renamed(donor);
    assert.deepEqual(trap.graph.initializers.get("conv1.weight")?.shape, weights.tensors.get("conv1.weight")?.shape);
    const { program, classes } = bindToDonor(trap, weights, "preActivation.onnx");
    assert.ok(classes.fused.includes("conv1.weight"));
    const off = await worst(program, values);
    t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)}`);
    assert.ok(off <= tolerance);
  });
});

describe("the donor's own checkpoint", () => {
  /** The donor without any name, as PyTorch before 1.8 leaves what it folded, and its own weights. */
  function anonymous(): { donor: Program; own: WeightSet; weights: WeightSet; input: Tensor; output: Tensor } {
    const { donor, weights, ...values } = load("preActivation");
    const bound = bindToDonor(donor, weights, "x").program;
    const numbers = new Map([...bound.graph.initializers.keys()].map((name, i) => [name, String(400 + i)]));
    const nodes = bound.graph.nodes.map((node) => ({
      ...node,
      name: "",
      inputs: node.inputs.map((name) => numbers.get(name) ?? name),
    }));
    const initializers = new Map([...bound.graph.initializers].map(([name, each]) => [numbers.get(name)!, each]));
    return { donor: { ...bound, graph: { ...bound.graph, nodes, initializers } }, own: weights, weights, ...values };
  }

  test("tells by value where each tensor goes", async () => {
    const { donor, weights, own, ...values } = anonymous();
    assert.equal(verifyDonor(donor, own, "x").proven, true);
    const { program } = bindToDonor(donor, weights, "x");
    assert.ok((await worst(program, values)) <= tolerance);
  });

  test("tells it for the checkpoints of other epochs", async () => {
    const { donor, own, ...values } = anonymous();
    const other: WeightSet = {
      ...own,
      tensors: new Map([...own.tensors].map(([key, each]) => [key, doubled(each)])),
    };
    assert.throws(() => bindToDonor(donor, other, "x"), /do not fit/);
    const expected = await firstOutput(bindToDonor(load("preActivation").donor, other, "x").program, values.input);
    const ours = await firstOutput(bindToDonor(donor, other, "x", { own }).program, values.input);
    assert.ok(ours.every((value, i) => Math.abs(value - expected[i]!) <= tolerance));
  });

  test("finds the ε that was folded", () => {
    const { donor, weights } = load("preActivation");
    const withEpsilon = (program: Program, epsilon: number): Program => {
      const nodes = program.graph.nodes.map((node) =>
        node.op === "BatchNormalization"
          ? { ...node, attributes: new Map(node.attributes).set("epsilon", float(epsilon)) }
          : node,
      );
      return { ...program, graph: { ...program.graph, nodes } };
    };
    const folded = withEpsilon(bindToDonor(withEpsilon(donor, 1e-3), weights, "x").program, 1e-5);
    assert.equal(verifyDonor(folded, weights, "x").proven, true);
  });

  test("another checkpoint of the same network is no proof", () => {
    const { donor, weights } = load("preActivation");
    const { proven, worst: off } = verifyDonor(donor, weights, "x");
    assert.equal(proven, false);
    assert.ok(off > 0.1);
  });

  function doubled(tensor: Tensor): Tensor {
    return float32Tensor(
      tensor.shape,
      toFloat32(tensor).map((value) => value * 1.5),
    );
  }
});
