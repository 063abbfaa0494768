import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeNode, type Node } from "../../../../src/core/graph/graph.ts";
import { listTaps } from "../../../../src/core/graph/taps.ts";
import { int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { ints, makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";

const sampleShape = [4, 6, 6];

function tapsOf(nodes: readonly Node[], initializers: Record<string, Tensor> = {}, outputs: readonly string[] = ["y"]) {
  const program = makeProgram(21, { nodes, inputs: [value("x", ["n", ...sampleShape])], outputs, initializers });
  return listTaps(program, "x", sampleShape);
}

const names = (taps: readonly { readonly name: string }[]) => taps.map(({ name }) => name);

function conv(name: string, input: string, output: string, weights: readonly string[]): Node {
  return makeNode("Conv", [input, ...weights], [output], { pads: ints(1, 1, 1, 1) }, name);
}

const kernel = numbers([4, 4, 3, 3]);
const bias = numbers([4]);

/** A node as PyTorch's newer exporter writes it. */
function noted(node: Node, scopes: readonly string[]): Node {
  const list = `[${scopes.map((scope) => `'${scope}'`).join(", ")}]`;
  return { ...node, metadata: new Map([["pkg.torch.onnx.name_scopes", list]]) };
}

describe("listTaps: names", () => {
  test("a residual block of PyTorch's TorchScript exporter", () => {
    const taps = tapsOf(
      [
        conv("/layer1/layer1.0/conv1/Conv", "x", "c1", ["onnx::Conv_1", "onnx::Conv_2"]),
        makeNode("Relu", ["c1"], ["r1"], {}, "/layer1/layer1.0/relu/Relu"),
        conv("/layer1/layer1.0/conv2/Conv", "r1", "c2", ["layer1.0.conv2.weight", "layer1.0.conv2.bias"]),
        makeNode("Add", ["c2", "x"], ["a"], {}, "/layer1/layer1.0/Add"),
        makeNode("Relu", ["a"], ["r2"], {}, "/layer1/layer1.0/relu_1/Relu"),
        makeNode("Relu", ["r2"], ["y"], {}, "/Relu"),
      ],
      { "onnx::Conv_1": kernel, "onnx::Conv_2": bias, "layer1.0.conv2.weight": kernel, "layer1.0.conv2.bias": bias },
    );
    assert.deepEqual(names(taps), [
      "layer1.0.conv1",
      "layer1.0.relu",
      "layer1.0.conv2",
      "layer1.0.Add",
      "layer1.0.relu#2",
      "y",
    ]);
    // Both tensors of conv1 have invented names: a batch norm was folded in. Those of conv2 are its own.
    assert.deepEqual(
      taps.map(({ folded }) => folded),
      [["layer1.0.bn1"], [], [], [], [], []],
    );
    assert.deepEqual(taps[0]?.shape, ["n", 4, 6, 6]);
    assert.equal(taps[0]?.width, 144);
  });

  test("what a forward hook on a module sees has the module's name", () => {
    const taps = tapsOf(
      [
        makeNode("MatMul", ["x", "onnx::MatMul_1"], ["m"], {}, "/block/fc/MatMul"),
        makeNode("Add", ["m", "block.fc.bias"], ["f"], {}, "/block/fc/Add"),
        makeNode("Erf", ["f"], ["e"], {}, "/block/act/Erf"),
        makeNode("Mul", ["f", "e"], ["g"], {}, "/block/act/Mul"),
        makeNode("Add", ["g", "x"], ["b"], {}, "/block/Add"),
        makeNode("Relu", ["b"], ["y"], {}, "/head/Relu"),
      ],
      { "onnx::MatMul_1": numbers([6, 6]), "block.fc.bias": numbers([6]) },
    );
    assert.deepEqual(names(taps), ["block.fc.MatMul", "block.fc", "block.act.Erf", "block.act", "block", "head"]);
    assert.deepEqual(
      taps.map(({ roles }) => roles),
      [["linear", "step"], ["linear"], ["step"], ["activation"], [], ["activation"]],
    );
  });

  test("a module that is really called conv_1 is no second call of conv", () => {
    const twice = (second: string) =>
      names(
        tapsOf(
          [
            conv("/conv/Conv", "x", "a", ["conv.weight"]),
            conv("/conv_1/Conv", "a", "b", [second]),
            makeNode("Relu", ["b"], ["y"]),
          ],
          { "conv.weight": kernel, "conv_1.weight": kernel },
        ),
      );
    assert.deepEqual(twice("conv.weight"), ["conv", "conv#2", "y"]);
    assert.deepEqual(twice("conv_1.weight"), ["conv", "conv_1", "y"]);
  });

  test("PyTorch's newer exporter: notes on the nodes, and the batch norm in place of the convolution", () => {
    const taps = tapsOf(
      [
        noted(conv("node_Conv_1", "x", "getitem", ["stem.conv.weight", "stem.conv.weight_bias"]), [
          "",
          "stem",
          "stem.bn",
          "bn",
        ]),
        noted(makeNode("Relu", ["getitem"], ["relu"], {}, "node_relu"), ["", "stem", "stem.act", "relu"]),
        noted(makeNode("Neg", ["relu"], ["neg"], {}, "node_neg"), ["", "neg"]),
        noted(makeNode("Relu", ["neg"], ["y"], {}, "node_relu_1"), ["", "stem", "stem.act", "relu_1"]),
      ],
      { "stem.conv.weight": kernel, "stem.conv.weight_bias": bias },
    );
    assert.deepEqual(names(taps), ["stem.conv", "stem.act", "neg", "stem.act#2"]);
    assert.deepEqual(taps[0]?.folded, ["stem.bn"]);
  });

  test("files without modules: recorded weights, node names, value names", () => {
    const taps = tapsOf(
      [
        conv("Conv_0", "x", "17", ["features.0.weight", "features.0.bias"]),
        makeNode("Relu", ["17"], ["18"], {}, "Relu_1"),
        makeNode("Tanh", ["18"], ["19"], {}, "Times212"),
        makeNode("Relu", ["19"], ["20"], {}, "model/dense/Relu"),
        makeNode("Sqrt", ["20"], ["y"], {}, ""),
      ],
      { "features.0.weight": kernel, "features.0.bias": bias },
    );
    assert.deepEqual(names(taps), ["features.0", "18", "Times212", "model/dense", "y"]);
    assert.deepEqual(taps[0]?.folded, []);
  });

  test("the batch norm's name by the layer's, if that module is gone", () => {
    const folded = (name: string, rest: readonly Node[] = []) =>
      tapsOf(
        [
          conv(name, "x", "c", ["onnx::Conv_1", "onnx::Conv_2"]),
          ...rest,
          makeNode("Relu", ["c"], ["y"], {}, "/act/Relu"),
        ],
        {
          "onnx::Conv_1": kernel,
          "onnx::Conv_2": bias,
        },
      )[0]?.folded;
    assert.deepEqual(folded("/a/conv/Conv"), ["a.bn"]);
    assert.deepEqual(folded("/a/conv3/Conv"), ["a.bn3"]);
    assert.deepEqual(folded("/downsample/downsample.0/Conv"), ["downsample.1"]);
    assert.deepEqual(folded("/stem/Conv"), []);
    assert.deepEqual(folded("/net/net.0/Conv", [makeNode("Tanh", ["c"], ["t"], {}, "/net/net.1/Tanh")]), []);
  });
});

describe("listTaps: which values", () => {
  test("no constants, shape arithmetic, identities or changes of shape; the first output last", () => {
    const taps = tapsOf(
      [
        makeNode("Shape", ["x"], ["shape"]),
        makeNode("ConstantOfShape", ["shape"], ["zeros"]),
        makeNode("Relu", ["x"], ["y"]),
        makeNode("Identity", ["y"], ["copy"]),
        makeNode("Flatten", ["copy"], ["flat"]),
        makeNode("Add", ["y", "zeros"], ["sum"]),
        makeNode("ArgMax", ["flat"], ["class"]),
        makeNode("MatMul", ["flat", "w"], ["scores"]),
      ],
      { w: numbers([144, 5]) },
      ["y", "class", "sum", "scores"],
    );
    assert.deepEqual(names(taps), ["sum", "scores", "y"]);
  });

  test("the samples' axis wherever it is, none where it is shared", () => {
    const taps = tapsOf(
      [
        makeNode("Transpose", ["x"], ["moved"], { perm: ints(1, 0, 2, 3) }),
        makeNode("Relu", ["moved"], ["second"]),
        makeNode("Reshape", ["second", "merged"], ["rows"]),
        makeNode("Tanh", ["rows"], ["shared"]),
        makeNode("Reshape", ["shared", "apart"], ["again"]),
        makeNode("Neg", ["again"], ["y"]),
      ],
      { merged: int64Tensor([2], [-1, 36]), apart: int64Tensor([4], [4, -1, 6, 6]) },
    );
    // `shared` has 4n rows; `again` shows it with an axis of its own for the samples.
    assert.deepEqual(names(taps), ["second", "again", "y"]);
    assert.deepEqual(taps[0]?.shape, [4, "n", 6, 6]);
    assert.equal(taps[0]?.sampleAxis, 1);
  });

  test("a program of one batch size", () => {
    const program = makeProgram(21, {
      nodes: [makeNode("Relu", ["x"], ["y"])],
      inputs: [value("x", [2, 3])],
      outputs: ["y"],
    });
    assert.deepEqual(listTaps(program, "x", [3], 2)[0]?.shape, ["n", 3]);
  });
});

describe("listTaps: roles", () => {
  test("blocks end where branches meet, after their activation", () => {
    const block = (input: string, output: string) => [
      conv("", input, `${output}c`, ["w"]),
      makeNode("Add", [`${output}c`, input], [`${output}a`]),
      makeNode("Relu", [`${output}a`], [output]),
    ];
    const taps = tapsOf(
      [
        conv("", "x", "stem", ["w"]),
        ...block("stem", "b1"),
        ...block("b1", "b2"),
        makeNode("GlobalAveragePool", ["b2"], ["y"]),
      ],
      {
        w: kernel,
      },
    );
    const blocks = taps.filter(({ roles }) => roles?.includes("block"));
    assert.deepEqual(names(blocks), ["b1", "b2"]);
  });

  test("without branches, stages end before the maps shrink", () => {
    const pool = { kernel_shape: ints(2, 2), strides: ints(2, 2) };
    const taps = tapsOf(
      [
        conv("", "x", "c1", ["w"]),
        makeNode("Relu", ["c1"], ["r1"]),
        conv("", "r1", "c2", ["w"]),
        makeNode("Relu", ["c2"], ["r2"]),
        makeNode("MaxPool", ["r2"], ["p"], pool),
        conv("", "p", "c3", ["w"]),
        makeNode("Relu", ["c3"], ["r3"]),
        makeNode("GlobalAveragePool", ["r3"], ["y"]),
      ],
      { w: kernel },
    );
    assert.deepEqual(names(taps.filter(({ roles }) => roles?.includes("block"))), ["r2", "r3"]);
  });
});
