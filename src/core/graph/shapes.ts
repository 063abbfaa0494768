import type { Program } from "./graph.ts";
import { ShapeInference } from "./shapes/inference.ts";
import type { Shape, Value } from "./shapes/value.ts";

/**
 * Element type and shape of every value of a program, for given input sizes: all sizes are numbers, and a shape is unknown
 * only where it depends on data, passes a loop or comes from a custom operator for which the file records none. Shape
 * arithmetic (`Shape`, `Gather`, `Concat`, …) is evaluated, so that an exported `view(x.size(0), -1)` resolves. Which
 * axes follow the batch shows by inferring at two batch sizes.
 *
 * @param inputs shapes by input name; inputs that are left out take what their declaration gives.
 * @throws Failure `onnx/shape-mismatch` where an operator cannot take what it is given.
 */
export function inferShapes(program: Program, inputs: ReadonlyMap<string, Shape>): ReadonlyMap<string, Value> {
  const inference = new ShapeInference(program, inputs);
  for (const node of program.graph.nodes) inference.infer(node);
  return inference.values;
}
