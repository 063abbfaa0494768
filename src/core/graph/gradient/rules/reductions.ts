import { int } from "../../attributes.ts";
import { elementCount, float32Tensor, float64Tensor } from "../../tensor.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { expandLike, permute, reshape, reshapeLike, type Size, sumOver } from "../shaping.ts";
import { timesSign } from "./masks.ts";

/** What a reduction's rule sees; output and gradient have an axis of one element for each that was reduced. */
interface Reduction {
  readonly graph: BackwardGraph;
  readonly x: string;
  readonly y: string;
  readonly g: string;
  readonly axes: readonly number[];
}

/** ONNX `Reduce…`: no axes are all, unless `noop_with_empty_axes`. `write` may leave the reduced axes as they are. */
function reduction(write: (reduction: Reduction) => string): GradientRule {
  return (step) => [
    () => {
      const { graph } = step;
      const x = step.input(0);
      const shape = graph.shapeOf(x);
      const given = step.constantInput(1)?.map((axis) => (axis < 0 ? axis + shape.length : axis)) ?? [];
      const isNothing = given.length === 0 && step.int("noop_with_empty_axes", 0) === 1;
      const axes = given.length > 0 ? given : isNothing ? [] : [...shape.keys()];
      const kept: Size[] = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const [y, g] = [reshape(graph, step.output, kept), reshape(graph, step.gradient, kept)];
      return expandLike(graph, write({ graph, x, y, g, axes }), x);
    },
  ];
}

const mean = reduction(({ graph, x, y, g, axes }) => {
  const sizes = axes.map((axis) => graph.shapeOf(x)[axis]!);
  if (sizes.every((size) => typeof size === "number")) {
    return graph.add("Mul", [g, graph.floats(1 / elementCount(sizes), g)]);
  }
  const count = graph.add("Div", [graph.add("Size", [x]), graph.add("Size", [y])]);
  return graph.add("Div", [g, graph.cast(count, graph.dtypeOf(g) ?? "float32")]);
});

/** Where several elements are the extreme one, each gets an equal share, as with PyTorch's `amax`. */
const extreme = reduction(({ graph, x, y, g, axes }) => {
  const mask = graph.cast(graph.add("Equal", [x, y]), graph.dtypeOf(g) ?? "float32");
  return graph.add("Mul", [mask, graph.add("Div", [g, sumOver(graph, mask, axes)])]);
});

/** g x / y, and nothing where all elements are 0. */
const l2 = reduction(({ graph, x, y, g }) => {
  const isZero = graph.add("Equal", [y, graph.floats(0, y)]);
  const share = graph.add("Where", [isZero, graph.floats(0, y), graph.add("Div", [g, y])]);
  return graph.add("Mul", [x, share]);
});

/** The product of the others, without dividing by an element that may be 0. */
const product = reduction(({ graph, x, g, axes }) => {
  const shape = graph.shapeOf(x);
  const others = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  const sizes = axes.map((axis) => shape[axis]);
  const count = elementCount(sizes.map((size) => (typeof size === "number" ? size : Number.NaN)));
  const rows = reshape(graph, permute(graph, x, order), ["?", 1, count]);
  const isExact = graph.dtypeOf(x) === "float64";
  const eye = graph.share(`eye ${count} ${isExact}`, () => {
    const ones = Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
    return (isExact ? float64Tensor : float32Tensor)([count, count], ones);
  });
  const isSelf = graph.add("Equal", [eye, graph.floats(1, x)]);
  const withoutSelf = graph.add("Where", [isSelf, graph.floats(1, x), rows]);
  const products = graph.add("ReduceProd", [withoutSelf, graph.ints([2])], { keepdims: int(0) });
  const permuted = reshapeLike(graph, products, permute(graph, x, order));
  const back = order.map((_, axis) => order.indexOf(axis));
  return graph.add("Mul", [g, permute(graph, permuted, back)]);
});

/** Statistics over axes. */
export const reductionRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ["ReduceSum", reduction(({ g }) => g)],
  ["ReduceMean", mean],
  ["ReduceMax", extreme],
  ["ReduceMin", extreme],
  ["ReduceProd", product],
  ["ReduceL1", reduction(({ graph, x, g }) => timesSign(graph, g, x))],
  ["ReduceL2", l2],
  ["ReduceLogSum", reduction(({ graph, y, g }) => graph.add("Div", [g, graph.add("Exp", [y])]))],
  [
    "ReduceLogSumExp",
    reduction(({ graph, x, y, g }) => graph.add("Mul", [g, graph.add("Exp", [graph.add("Sub", [x, y])])])),
  ],
  ["ReduceSumSquare", reduction(({ graph, x, g }) => graph.add("Mul", [x, graph.add("Mul", [g, graph.floats(2, g)])]))],
]);
