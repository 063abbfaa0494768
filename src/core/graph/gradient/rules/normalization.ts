import { int, ints } from "../../attributes.ts";
import { elementCount } from "../../tensor.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { meanOver, reshape, reshapeLike, type Size, sumOver, undoBroadcast } from "../shaping.ts";
import type { Step } from "../step.ts";
import { timesSign } from "./masks.ts";

/** What was normalised, and by what: x̂ = (x − mean) · inverse. */
interface Normalized {
  readonly value: string;
  readonly inverse: string;
}

/** x̂ of values over some axes. */
function normalized(
  graph: BackwardGraph,
  x: string,
  axes: readonly number[],
  epsilon: number,
  isCentred = true,
): Normalized {
  const moved = isCentred ? graph.add("Sub", [x, meanOver(graph, x, axes)]) : x;
  const variance = meanOver(graph, graph.add("Mul", [moved, moved]), axes);
  const raised = graph.add("Add", [variance, graph.floats(epsilon, x)]);
  const inverse = graph.add("Reciprocal", [graph.add("Sqrt", [raised])]);
  return { value: graph.add("Mul", [moved, inverse]), inverse };
}

/** (g − mean g − x̂ · mean(g x̂)) · inverse, means over the normalised axes; without the second term where no mean was taken off. */
function throughNormalized(
  graph: BackwardGraph,
  g: string,
  { value, inverse }: Normalized,
  axes: readonly number[],
  isCentred = true,
): string {
  const along = graph.add("Mul", [value, meanOver(graph, graph.add("Mul", [g, value]), axes)]);
  const rest = graph.add("Sub", [isCentred ? graph.add("Sub", [g, meanOver(graph, g, axes)]) : g, along]);
  return graph.add("Mul", [rest, inverse]);
}

/** ONNX `LayerNormalization`, over the axes from one on; it gives its mean and inverse deviation itself. */
const layerNormalization: GradientRule = (step) => {
  const { graph, gradient: g } = step;
  const [x, scale] = [step.input(0), step.input(1)];
  const axes = axesFrom(step);
  const result = (): Normalized => {
    const inverse = graph.outputOf(step.node, 2);
    const moved = graph.add("Sub", [x, graph.outputOf(step.node, 1)]);
    return { value: graph.add("Mul", [moved, inverse]), inverse };
  };
  return [
    () => throughNormalized(graph, graph.add("Mul", [g, scale]), result(), axes),
    () => undoBroadcast(graph, graph.add("Mul", [g, result().value]), scale),
    () => undoBroadcast(graph, g, step.input(2)),
  ];
};

/** ONNX `RMSNormalization`-23 and the runtime's `SimplifiedLayerNormalization`. */
const rmsNormalization: GradientRule = (step) => {
  const { graph, gradient: g } = step;
  const [x, scale] = [step.input(0), step.input(1)];
  const axes = axesFrom(step);
  const result = () => normalized(graph, x, axes, step.float("epsilon", 1e-5), false);
  return [
    () => throughNormalized(graph, graph.add("Mul", [g, scale]), result(), axes, false),
    () => undoBroadcast(graph, graph.add("Mul", [g, result().value]), scale),
  ];
};

function axesFrom(step: Step): readonly number[] {
  const rank = step.shape(0).length;
  const first = step.axis("axis", -1, rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

/** ONNX `InstanceNormalization` and `GroupNormalization`-21: over the space of a channel, or of a group of them. */
const groupNormalization: GradientRule = (step) => {
  const { graph, gradient: g, node } = step;
  const x = step.input(0);
  const [n = 1, channels, ...space] = step.shape(0);
  const count = step.sizeOf(channels);
  const groups = node.op === "InstanceNormalization" ? count : step.int("num_groups", 1);
  const size = (count / groups) * elementCount(space.map((length) => step.sizeOf(length)));
  const grouped = (value: string) => reshape(graph, value, [n, groups, size]);
  const result = () => normalized(graph, grouped(x), [2], step.float("epsilon", 1e-5));
  const scale = reshape(graph, step.input(1), [count, ...space.map(() => 1)]);
  const sum = (value: string) => {
    const axes = [0, ...space.map((_, axis) => axis + 2)];
    return reshape(graph, sumOver(graph, value, axes), [count]);
  };
  return [
    () => {
      const scaled = grouped(graph.add("Mul", [g, scale]));
      return reshapeLike(graph, throughNormalized(graph, scaled, result(), [2]), x);
    },
    () => sum(graph.add("Mul", [g, reshapeLike(graph, result().value, x)])),
    () => sum(g),
  ];
};

/** ONNX `MeanVarianceNormalization`. */
const meanVarianceNormalization: GradientRule = (step) => [
  () => {
    const rank = step.shape(0).length;
    const axes = (step.ints("axes") ?? [0, 2, 3]).map((axis) => (axis < 0 ? axis + rank : axis));
    return throughNormalized(step.graph, step.gradient, normalized(step.graph, step.input(0), axes, 0), axes);
  },
];

/** ONNX `LpNormalization`: x / ‖x‖ along an axis. */
const lpNormalization: GradientRule = (step) => [
  () => {
    const { graph, gradient: g, output: y } = step;
    const x = step.input(0);
    const axis = step.axis("axis", -1, step.shape(0).length);
    const along = sumOver(graph, graph.add("Mul", [g, y]), [axis]);
    const euclidean = step.int("p", 2) === 2;
    const inner = euclidean ? graph.add("Mul", [y, along]) : timesSign(graph, along, x);
    const measured = graph.add(euclidean ? "ReduceL2" : "ReduceL1", [x, graph.ints([axis])]);
    return graph.add("Div", [graph.add("Sub", [g, inner]), measured]);
  },
];

/**
 * ONNX `LRN`: y = x s^−β, s = bias + α/size Σ x² over channels nearby. With r = g y / s, what a channel gets through the others'
 * s is −2αβ/size · x Σ r over the channels that it is near to.
 */
const localResponseNormalization: GradientRule = (step) => [
  () => {
    const { graph, gradient: g, output: y } = step;
    const x = step.input(0);
    const [n = 1, channels = 1, ...space] = step.shape(0);
    const size = step.int("size", 1);
    const [alpha, beta, bias] = [step.float("alpha", 1e-4), step.float("beta", 0.75), step.float("bias", 1)];
    const plane = elementCount(space.map((length) => step.sizeOf(length)));
    const [less, more] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    const meanNearby = (value: string, before: number, after: number) => {
      const planes = reshape(graph, value, [n as Size, 1, channels, plane]);
      return reshapeLike(graph, channelMeans(graph, planes, size, before, after), x);
    };
    const number = (value: number) => graph.floats(value, x);
    const scaled = graph.add("Mul", [meanNearby(graph.add("Mul", [x, x]), less, more), number(alpha)]);
    const s = graph.add("Add", [scaled, number(bias)]);
    const through = meanNearby(graph.add("Div", [graph.add("Mul", [g, y]), s]), more, less);
    const others = graph.add("Mul", [graph.add("Mul", [x, through]), number(2 * alpha * beta)]);
    return graph.add("Sub", [graph.add("Mul", [g, graph.add("Pow", [s, number(-beta)])]), others]);
  },
];

/** Sums over a window of channels, divided by its size also at the ends. */
function channelMeans(graph: BackwardGraph, planes: string, size: number, before: number, after: number): string {
  return graph.add("AveragePool", [planes], {
    kernel_shape: ints([size, 1]),
    pads: ints([before, 0, after, 0]),
    count_include_pad: int(1),
  });
}

/** Normalisations by statistics of the values themselves. */
export const normalizationRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ["LayerNormalization", layerNormalization],
  ["RMSNormalization", rmsNormalization],
  ["SimplifiedLayerNormalization", rmsNormalization],
  ["InstanceNormalization", groupNormalization],
  ["GroupNormalization", groupNormalization],
  ["MeanVarianceNormalization", meanVarianceNormalization],
  ["LpNormalization", lpNormalization],
  ["LRN", localResponseNormalization],
]);
