import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { permute } from "../shaping.ts";
import type { Step } from "../step.ts";
import { type Interpolation, interpolationMatrix } from "./interpolation.ts";

/**
 * ONNX `Resize`, which takes every axis apart: along each, the gradient is the product with the matrix of the
 * interpolation. Elements repeated a whole number of times are summed by pooling.
 */
export const resize: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const [from, to] = [step.shape(0), graph.shapeOf(step.output)];
    const how = interpolationOf(step);
    const resized = from.flatMap((size, axis) => (size === to[axis] && scaleAt(step, axis) === 1 ? [] : [axis]));
    const repeats = repeatsOf(step, how, resized);
    if (repeats) return pooled(graph, gradient, repeats);
    return resized.reduce((value, axis) => {
      const [small, large] = [step.sizeOf(from[axis]), step.sizeOf(to[axis])];
      const matrix = interpolationMatrix(how, small, large, scaleAt(step, axis) ?? large / small);
      return multiplied(graph, value, axis, graph.floats(matrix, value, [large, small]));
    }, gradient);
  },
];

function interpolationOf(step: Step): Interpolation {
  if (step.int("antialias", 0) === 1) step.refuse("with antialiasing");
  const coordinates = step.text("coordinate_transformation_mode", "half_pixel");
  if (coordinates === "tf_crop_and_resize") step.refuse("of a crop");
  return {
    mode: step.text("mode", "nearest"),
    coordinates,
    rounding: step.text("nearest_mode", "round_prefer_floor"),
    cubic: step.float("cubic_coeff_a", -0.75),
    excludesOutside: step.int("exclude_outside", 0) === 1,
  };
}

/** The scale given for an axis; `undefined` where sizes are given instead. */
function scaleAt(step: Step, axis: number): number | undefined {
  const scales = step.constantInput(2);
  const sizes = scales?.length ? undefined : step.optional(3);
  const rank = step.shape(0).length;
  const axes = step.ints("axes")?.map((each) => (each < 0 ? each + rank : each));
  const index = axes ? axes.indexOf(axis) : axis;
  if (index < 0) return 1;
  return sizes === undefined ? scales?.[index] : undefined;
}

/** How often each element of the last two axes is repeated, where that is all that happens. */
function repeatsOf(step: Step, { mode, coordinates, rounding }: Interpolation, resized: readonly number[]) {
  const [from, to] = [step.shape(0), step.graph.shapeOf(step.output)];
  const isPlain =
    (coordinates === "asymmetric" && rounding === "floor") ||
    (coordinates.includes("half_pixel") && rounding.startsWith("round"));
  if (mode !== "nearest" || !isPlain || from.length !== 4 || resized.some((axis) => axis < 2)) return undefined;
  const repeats = [2, 3].map((axis) => Number(to[axis]) / Number(from[axis]));
  const isExact = [2, 3].every((axis, i) => (scaleAt(step, axis) ?? repeats[i]) === repeats[i]);
  return isExact && repeats.every((count) => Number.isInteger(count) && count > 0) ? repeats : undefined;
}

/** Sums over tiles. */
function pooled(graph: BackwardGraph, gradient: string, repeats: readonly number[]): string {
  const tile = { type: "ints", value: repeats } as const;
  const means = graph.add("AveragePool", [gradient], { kernel_shape: tile, strides: tile });
  return graph.add("Mul", [means, graph.floats(repeats[0]! * repeats[1]!, gradient)]);
}

/** The product with a matrix along one axis. */
function multiplied(graph: BackwardGraph, value: string, axis: number, matrix: string): string {
  const rank = graph.shapeOf(value).length;
  const order = Array.from({ length: rank }, (_, i) => i);
  const last = order.with(axis, rank - 1).with(rank - 1, axis);
  return permute(graph, graph.add("MatMul", [permute(graph, value, last), matrix]), last);
}
