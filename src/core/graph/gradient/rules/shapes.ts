import { int, text } from "../../attributes.ts";
import type { GradientRule } from "../rule.ts";
import { permute, reshape, reshapeLike, undoBroadcast } from "../shaping.ts";

/** Other axes over the same elements in the same order. */
const reshaped: GradientRule = (step) => [() => reshapeLike(step.graph, step.gradient, step.input(0))];

const transpose: GradientRule = (step) => [
  () => {
    const order = step.ints("perm") ?? step.shape(0).map((_, axis, shape) => shape.length - 1 - axis);
    return permute(
      step.graph,
      step.gradient,
      order.map((_, axis) => order.indexOf(axis)),
    );
  },
];

const expand: GradientRule = (step) => [() => undoBroadcast(step.graph, step.gradient, step.input(0))];

/** Each axis of the result is the repeats times the elements: the repeats are summed. */
const tile: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const shape = step.shape(0);
    const repeats = step.constantInput(1) ?? [];
    const apart = shape.flatMap((size, axis) => (repeats[axis] === 1 ? [size] : [repeats[axis]!, size]));
    const axes: number[] = [];
    let at = 0;
    for (const count of repeats) {
      if (count !== 1) axes.push(at++);
      at++;
    }
    if (axes.length === 0) return gradient;
    const sum = graph.add("ReduceSum", [reshape(graph, gradient, apart), graph.ints(axes)], { keepdims: int(0) });
    return reshapeLike(graph, sum, step.input(0));
  },
];

/** Blocks of channels laid out in space, and back: `Reshape`, `Transpose`, `Reshape` on every provider. */
const depthToSpace: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const block = step.int("blocksize", 1);
    const [n = 1, channels, height, width] = step.shape(0);
    const [c, h, w] = [channels, height, width].map((size) => step.sizeOf(size)) as [number, number, number];
    const apart = reshape(graph, gradient, [n, c / block ** 2, h, block, w, block]);
    const order = step.text("mode", "DCR") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    return reshape(graph, permute(graph, apart, order), [n, c, h, w]);
  },
];

const spaceToDepth: GradientRule = (step) => [
  () =>
    step.graph.add("DepthToSpace", [step.gradient], { blocksize: int(step.int("blocksize", 1)), mode: text("DCR") }),
];

/** Sums along an axis: the gradient is the sum of those behind. */
const cumSum: GradientRule = (step) => [
  () =>
    step.graph.add("CumSum", [step.gradient, step.input(1)], {
      exclusive: int(step.int("exclusive", 0)),
      reverse: int(1 - step.int("reverse", 0)),
    }),
];

const trilu: GradientRule = (step) => [
  () => {
    const inputs = [step.gradient, ...step.node.inputs.slice(1)];
    return step.graph.add("Trilu", inputs, { upper: int(step.int("upper", 1)) });
  },
];

/** Between floating-point types. */
const cast: GradientRule = (step) => [
  () => {
    const dtype = step.graph.dtypeOf(step.input(0));
    return dtype ? step.graph.cast(step.gradient, dtype) : step.refuse("from an unknown type");
  },
];

const dropout: GradientRule = (step) => {
  const training = step.constantInput(2);
  if (training !== undefined && training[0] !== 0) step.refuse("in training mode");
  return [() => step.gradient];
};

/** Rounding to a grid has no slope: it is taken for the identity between the numbers that the grid stands for. */
const straightThrough: GradientRule = (step) => [() => step.gradient];

/** What moves, repeats or copies elements without choosing among them. */
export const shapeRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ...["Reshape", "Flatten", "Squeeze", "Unsqueeze"].map((op) => [op, reshaped] as const),
  ["Transpose", transpose],
  ["Expand", expand],
  ["Tile", tile],
  ["DepthToSpace", depthToSpace],
  ["SpaceToDepth", spaceToDepth],
  ["CumSum", cumSum],
  ["Trilu", trilu],
  ["Cast", cast],
  ["CastLike", cast],
  ["Dropout", dropout],
  ["QuantizeLinear", straightThrough],
  ["DequantizeLinear", straightThrough],
]);
