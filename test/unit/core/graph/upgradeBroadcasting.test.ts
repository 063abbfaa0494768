import { test } from "node:test";
import { makeNode, type Program } from "../../../../src/core/graph/graph.ts";
import { int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { int, makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";
import { equivalent, single } from "../../../fixtures/upgrading.ts";

test("operands that are broadcast on request lie where they were put", async () => {
  const today = (op: string, b: Tensor, shape: number[]): Program =>
    makeProgram(13, {
      nodes: [makeNode("Reshape", ["b", "shape"], ["wide"]), makeNode(op, ["x", "wide"], ["y"])],
      inputs: [value("x", [2, 3, 4, 5])],
      outputs: ["y"],
      initializers: { b, shape: int64Tensor([shape.length], shape) },
    });
  const x = numbers([2, 3, 4, 5]);
  const cases: [number[], number | undefined, number[]][] = [
    [[5], undefined, [5]],
    [[4, 5], undefined, [4, 5]],
    [[3], 1, [3, 1, 1]],
    [[3, 4], 1, [3, 4, 1]],
    [[2], 0, [2, 1, 1, 1]],
    [[4], -2, [4, 1]],
    [[5], 3, [5]],
  ];
  for (const op of ["Add", "Sub", "Mul", "Div"]) {
    for (const [shape, axis, wide] of cases) {
      const attributes = { broadcast: int(1), ...(axis !== undefined && { axis: int(axis) }) };
      const b = numbers(shape, 9);
      const label = `${op} [${shape}] at ${axis}`;
      await equivalent(single(6, op, attributes, [2, 3, 4, 5], { constants: { b } }), today(op, b, wide), [x], label);
      // The same where neither rank is known.
      const unknown = makeProgram(6, {
        nodes: [
          makeNode("Reshape", ["x", "b_shape"], ["u"]),
          makeNode("Reshape", ["flat", "shape"], ["b"]),
          makeNode(op, ["u", "b"], ["y"], attributes),
        ],
        inputs: [value("x", [2, 3, 4, 5])],
        outputs: ["y"],
        initializers: { flat: b },
      });
      const shapes = {
        nodes: [makeNode("Shape", ["x"], ["b_shape"]), makeNode("Shape", ["flat"], ["shape"]), ...unknown.graph.nodes],
      };
      const hidden = { ...unknown, graph: { ...unknown.graph, ...shapes } };
      await equivalent(hidden, today(op, b, wide), [x], `${label}, unknown`);
    }
  }
});

test("PRelu's slopes belong to the channels", async () => {
  const slope = numbers([3], 5);
  const x = numbers([2, 3, 4, 5]);
  const today = makeProgram(16, {
    nodes: [makeNode("Reshape", ["slope", "shape"], ["wide"]), makeNode("PRelu", ["x", "wide"], ["y"])],
    inputs: [value("x", [2, 3, 4, 5])],
    outputs: ["y"],
    initializers: { slope, shape: int64Tensor([3], [3, 1, 1]) },
  });
  await equivalent(single(6, "PRelu", {}, [2, 3, 4, 5], { constants: { slope } }), today, [x]);
  await equivalent(single(6, "PRelu", {}, undefined, { constants: { slope } }), today, [x], "rank unknown");
  await equivalent(
    single(6, "PRelu", {}, [2, 3], { constants: { slope: numbers([1], 5) } }),
    single(16, "PRelu", {}, [2, 3], { constants: { slope: numbers([1], 5) } }),
    [numbers([2, 3])],
  );
});
