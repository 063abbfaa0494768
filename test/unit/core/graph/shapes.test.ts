import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { makeNode, type Node } from "../../../../src/core/graph/graph.ts";
import { inferShapes } from "../../../../src/core/graph/shapes.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import {
  graphAttribute,
  int,
  ints,
  makeGraph,
  makeProgram,
  numbers,
  string,
  value,
} from "../../../fixtures/onnxPrograms.ts";

/** Types and shapes of all values of nodes that begin with float32 inputs of the given shapes. */
function infer(
  nodes: readonly Node[],
  inputs: Record<string, readonly number[]>,
  initializers: Record<string, Tensor> = {},
) {
  const program = makeProgram(21, {
    nodes,
    inputs: Object.keys(inputs).map((name) => value(name, undefined)),
    outputs: [],
    initializers,
  });
  return inferShapes(program, new Map(Object.entries(inputs)));
}

/** Shape of the output `y` of one node over inputs and weights in the order given. */
function shapeOf(
  op: string,
  shapes: readonly (readonly number[])[],
  attributes: Parameters<typeof makeNode>[3] = {},
  constants: readonly Tensor[] = [],
) {
  const names = shapes.map((_, i) => `x${i}`);
  const weights = constants.map((_, i) => `c${i}`);
  return infer(
    [makeNode(op, [...names, ...weights], ["y"], attributes)],
    Object.fromEntries(shapes.map((shape, i) => [`x${i}`, shape])),
    Object.fromEntries(constants.map((tensor, i) => [`c${i}`, tensor])),
  ).get("y")?.shape;
}

const list = (...values: number[]) => int64Tensor([values.length], values);

describe("inferShapes", () => {
  test("convolutions and pools, with strides, pads, dilations and groups", () => {
    const strided = { strides: ints(2, 2), pads: ints(3, 3, 3, 3) };
    assert.deepEqual(shapeOf("Conv", [[2, 3, 224, 224]], strided, [numbers([64, 3, 7, 7])]), [2, 64, 112, 112]);
    const dilated = { dilations: ints(2, 2), group: int(4) };
    assert.deepEqual(shapeOf("Conv", [[1, 8, 10, 9]], dilated, [numbers([8, 2, 3, 3])]), [1, 8, 6, 5]);
    const same = { strides: ints(2), auto_pad: string("SAME_UPPER") };
    assert.deepEqual(shapeOf("Conv", [[1, 1, 7]], same, [numbers([1, 1, 3])]), [1, 1, 4]);
    const up = { strides: ints(2, 2), output_padding: ints(1, 1), pads: ints(1, 1, 1, 1) };
    assert.deepEqual(shapeOf("ConvTranspose", [[1, 4, 5, 5]], up, [numbers([4, 6, 3, 3])]), [1, 6, 10, 10]);
    const pool = { kernel_shape: ints(3, 3), strides: ints(2, 2) };
    assert.deepEqual(shapeOf("MaxPool", [[1, 4, 6, 6]], pool), [1, 4, 2, 2]);
    assert.deepEqual(shapeOf("MaxPool", [[1, 4, 6, 6]], { ...pool, ceil_mode: int(1) }), [1, 4, 3, 3]);
    // The last window would begin in the padding behind the elements.
    const padded = { kernel_shape: ints(2), strides: ints(2), pads: ints(1, 1), ceil_mode: int(1) };
    assert.deepEqual(shapeOf("MaxPool", [[1, 1, 3]], padded), [1, 1, 2]);
    assert.deepEqual(shapeOf("GlobalAveragePool", [[2, 5, 8, 9]]), [2, 5, 1, 1]);
  });

  test("products of matrices", () => {
    assert.deepEqual(
      shapeOf("MatMul", [
        [5, 1, 3, 4],
        [6, 4, 7],
      ]),
      [5, 6, 3, 7],
    );
    assert.deepEqual(shapeOf("MatMul", [[4], [4, 7]]), [7]);
    assert.deepEqual(
      shapeOf(
        "Gemm",
        [
          [4, 2],
          [7, 4],
        ],
        { transA: int(1), transB: int(1) },
      ),
      [2, 7],
    );
    const heads = { equation: string("bhid,bhjd->bhij") };
    assert.deepEqual(
      shapeOf(
        "Einsum",
        [
          [2, 4, 5, 8],
          [2, 4, 6, 8],
        ],
        heads,
      ),
      [2, 4, 5, 6],
    );
    assert.deepEqual(
      shapeOf(
        "Einsum",
        [
          [7, 2, 3],
          [3, 4],
        ],
        { equation: string("...ij,jk") },
      ),
      [7, 2, 4],
    );
  });

  test("axes moved, cut and joined", () => {
    assert.deepEqual(shapeOf("Transpose", [[2, 3, 4]], { perm: ints(2, 0, 1) }), [4, 2, 3]);
    assert.deepEqual(shapeOf("Flatten", [[2, 3, 4]], { axis: int(-1) }), [6, 4]);
    assert.deepEqual(shapeOf("Reshape", [[2, 3, 4]], {}, [list(0, -1)]), [2, 12]);
    assert.deepEqual(shapeOf("Slice", [[10, 5]], {}, [list(-1), list(-1000), list(0), list(-3)]), [4, 5]);
    assert.deepEqual(
      shapeOf(
        "Concat",
        [
          [2, 3],
          [2, 5],
        ],
        { axis: int(-1) },
      ),
      [2, 8],
    );
    assert.deepEqual(shapeOf("Pad", [[2, 3]], {}, [list(1, 0, 0, 2)]), [3, 5]);
    assert.deepEqual(shapeOf("Gather", [[5, 6, 7]], { axis: int(1) }, [int64Tensor([], [0])]), [5, 7]);
    assert.deepEqual(shapeOf("ReduceMean", [[2, 3, 4]], { keepdims: int(0) }, [list(-1, 1)]), [2]);
  });

  test("shape arithmetic resolves a view of the batch and the rest", () => {
    const values = infer(
      [
        makeNode("Shape", ["x"], ["shape"]),
        makeNode("Gather", ["shape", "zero"], ["batch"]),
        makeNode("Unsqueeze", ["batch", "axis"], ["first"]),
        makeNode("Mul", ["first", "two"], ["double"]),
        makeNode("Concat", ["double", "minusOne"], ["target"], { axis: int(0) }),
        makeNode("Reshape", ["x", "target"], ["y"]),
      ],
      { x: [6, 4, 5] },
      { zero: int64Tensor([], [0]), axis: list(0), two: list(2), minusOne: list(-1) },
    );
    assert.deepEqual(values.get("target")?.data, [12, -1]);
    assert.deepEqual(values.get("y")?.shape, [12, 10]);
  });

  test("upsampling by a computed scale", () => {
    assert.deepEqual(
      shapeOf("Resize", [[1, 3, 5, 7]], {}, [float32Tensor([0], []), float32Tensor([4], [1, 1, 2, 1.5])]),
      [1, 3, 10, 10],
    );
  });

  test("element types", () => {
    const values = infer(
      [
        makeNode("Greater", ["x", "x"], ["mask"]),
        makeNode("Cast", ["mask"], ["half"], { to: int(10) }),
        makeNode("TopK", ["x", "k"], ["top", "indices"]),
        makeNode("Where", ["mask", "half", "half"], ["picked"]),
      ],
      { x: [2, 5] },
      { k: list(3) },
    );
    const dtypes = ["mask", "half", "top", "indices", "picked"].map((name) => values.get(name)?.dtype);
    assert.deepEqual(dtypes, ["bool", "float16", "float32", "int64", "float16"]);
    assert.deepEqual(values.get("indices")?.shape, [2, 3]);
  });

  test("a branch that is known to be taken, and one that is not", () => {
    const branch = (axis: number) =>
      makeGraph({
        nodes: [makeNode("Flatten", ["x"], [`flat${axis}`], { axis: int(axis) })],
        outputs: [`flat${axis}`],
      });
    const branches = { then_branch: graphAttribute(branch(1)), else_branch: graphAttribute(branch(2)) };
    const condition = [makeNode("Size", ["x"], ["size"]), makeNode("Greater", ["size", "ten"], ["large"])];
    const known = infer(
      [...condition, makeNode("If", ["large"], ["y"], branches)],
      { x: [2, 3, 4] },
      { ten: list(10) },
    );
    assert.deepEqual(known.get("y")?.shape, [2, 12]);
    const open = infer([makeNode("If", ["flag"], ["y"], branches)], { x: [2, 3, 4], flag: [] });
    assert.deepEqual(open.get("y"), { dtype: "float32", shape: undefined, data: undefined });
  });

  test("what the file records stands in for an operator without a rule", () => {
    const program = makeProgram(21, {
      nodes: [{ ...makeNode("Mystery", ["x"], ["y"]), domain: "example" }, makeNode("Relu", ["y"], ["z"])],
      inputs: [value("x", ["n", 4])],
      outputs: [],
    });
    const valueTypes = new Map([["y", { dtype: "float32", shape: ["n", 9] }]] as const);
    const values = inferShapes({ ...program, graph: { ...program.graph, valueTypes } }, new Map([["x", [3, 4]]]));
    assert.deepEqual(values.get("z")?.shape, [3, 9]);
  });

  test("a contradiction names the operator", () => {
    const shapeMismatch = (error: unknown) =>
      error instanceof Failure && error.code === "onnx/shape-mismatch" && error.message.includes("MatMul");
    assert.throws(
      () =>
        shapeOf("MatMul", [
          [2, 3],
          [4, 5],
        ]),
      shapeMismatch,
    );
  });

  test("a product that ONNX Runtime's optimiser fused with its transpositions", () => {
    const node = {
      ...makeNode("FusedMatMul", ["a", "b"], ["y"], { transBatchA: int(1), transB: int(1) }),
      domain: "com.microsoft",
    };
    assert.deepEqual(infer([node], { a: [17, 12, 16], b: [12, 9, 16] }).get("y")?.shape, [12, 17, 9]);
  });

  test("functions that unfold without end stay unknown", () => {
    const names = Array.from({ length: 12 }, (_, i) => `f${i}`);
    const functions = names.map((name, i) => ({
      name,
      domain: "local",
      inputs: ["a"],
      outputs: ["b"],
      attributes: [],
      opsets: new Map(),
      opaque: new Uint8Array(),
      nodes: Array.from({ length: 10 }, (_, k) => {
        const [from, to] = [k === 0 ? "a" : `v${k}`, k === 9 ? "b" : `v${k + 1}`];
        return i === 11 ? makeNode("Relu", [from], [to]) : { ...makeNode(`f${i + 1}`, [from], [to]), domain: "local" };
      }),
    }));
    const node = (name: string) => ({ ...makeNode(name, ["x"], ["y"]), domain: "local" });
    const shape = (name: string) => {
      const program = makeProgram(21, { nodes: [node(name)], inputs: [value("x", [2, 3])], outputs: [] });
      return inferShapes({ ...program, functions }, new Map()).get("y")?.shape;
    };
    assert.deepEqual(shape("f9"), [2, 3]);
    assert.equal(shape("f0"), undefined);
  });

  test("sizes from a hostile file allocate nothing", () => {
    const huge = list(2 ** 40, 2 ** 10);
    assert.deepEqual(shapeOf("ConstantOfShape", [], {}, [huge]), [2 ** 40, 2 ** 10]);
    assert.throws(() => shapeOf("Range", [], {}, [list(0), list(1), list(0)]), Failure);
  });
});
