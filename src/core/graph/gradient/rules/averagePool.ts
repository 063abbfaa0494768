import { int, text } from "../../attributes.ts";
import { elementCount } from "../../tensor.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { padAxis, reshape, reshapeLike, type Size } from "../shaping.ts";
import type { Step } from "../step.ts";
import { reachOf, spread, type Window, windowOf } from "../window.ts";
import { spaceOf } from "./convolution.ts";
import { timesSign } from "./masks.ts";

function poolWindow(step: Step): Window {
  const { graph } = step;
  const kernel = step.ints("kernel_shape") ?? step.refuse("without a window");
  return windowOf(step, kernel, spaceOf(step, step.shape(0)), spaceOf(step, graph.shapeOf(step.output)));
}

/** ONNX `AveragePool`: each place's share goes to the elements that it is the mean of. */
const averagePool: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const window = poolWindow(step);
    const counts = countsOf(window, step.int("count_include_pad", 0) === 1);
    const isEven = counts.every((count) => count === counts[0]);
    const divisor = isEven
      ? graph.floats(counts[0] ?? 1, gradient)
      : graph.floats(counts, gradient, [1, 1, ...window.places]);
    return spreadEvenly(graph, graph.add("Div", [gradient, divisor]), step.input(0), window);
  },
];

/** Elements that each place takes the mean of. With padding they are those of the padded space, which ends where its declaration says. */
function countsOf(window: Window, withPadding: boolean): number[] {
  const { kernel, strides, dilations, before, after, space, places } = window;
  const perAxis = places.map((count, axis) => {
    const [from, to] = withPadding ? [-before[axis]!, space[axis]! + after[axis]!] : [0, space[axis]!];
    return Array.from({ length: count }, (_, place) => {
      const first = place * strides[axis]! - before[axis]!;
      const taps = Array.from({ length: kernel[axis]! }, (_, tap) => first + tap * dilations[axis]!);
      return taps.filter((at) => at >= from && at < to).length;
    });
  });
  return perAxis.reduce<number[]>((all, sizes) => all.flatMap((count) => sizes.map((size) => count * size)), [1]);
}

/** Each place's value added to all elements that the window takes there. */
function spreadEvenly(graph: BackwardGraph, value: string, x: string, window: Window): string {
  const { kernel, strides, before, space, places } = window;
  const [n = 1, channels = 1] = graph.shapeOf(value) as Size[];
  const isTiled = kernel.every((_, axis) => strides[axis] === reachOf(window, axis) && before[axis] === 0);
  const tiled = places.map((count, axis) => count * strides[axis]!);
  if (isTiled && kernel.length === 2 && tiled.every((size, axis) => size <= space[axis]!)) {
    // Windows that tile the space: every element takes the value of its tile.
    const scales = graph.scales([1, 1, ...strides]);
    const repeated = graph.add("Resize", [value, "", scales], {
      mode: text("nearest"),
      coordinate_transformation_mode: text("asymmetric"),
      nearest_mode: text("floor"),
    });
    return tiled.reduce((result, size, axis) => padAxis(graph, result, axis + 2, 0, space[axis]! - size), repeated);
  }
  // Channels are alike: as samples of one channel they take one small filter.
  const planes = reshape(graph, value, [typeof n === "number" ? n * Number(channels) : "?", 1, ...places]);
  const ones = graph.floats(new Array<number>(elementCount(kernel)).fill(1), value, [1, 1, ...kernel]);
  return reshapeLike(graph, spread(graph, planes, ones, window, 1), x);
}

/** ONNX `GlobalAveragePool`. */
const globalAveragePool: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const space = spaceOf(step, step.shape(0));
    const share = graph.add("Mul", [gradient, graph.floats(1 / elementCount(space), gradient)]);
    return graph.add("Expand", [share, graph.ints([1, 1, ...space])]);
  },
];

/** y = (Σ |x|ᵖ)^(1/p): y^(1−p) |x|^(p−1) with the sign of x, and nothing where all of them are 0. */
function powerMean(step: Step, spreadPlaces: (graph: BackwardGraph, places: string) => string): string {
  const { graph, gradient, output: y } = step;
  const x = step.input(0);
  const p = step.int("p", 2);
  if (p === 1) return timesSign(graph, spreadPlaces(graph, gradient), x);
  const power = (value: string, exponent: number) =>
    exponent === 1 ? value : graph.add("Pow", [value, graph.floats(exponent, value)]);
  const isZero = graph.add("Equal", [y, graph.floats(0, y)]);
  const share = graph.add("Div", [gradient, power(y, p - 1)]);
  const places = spreadPlaces(graph, graph.add("Where", [isZero, graph.floats(0, y), share]));
  if (p === 2) return graph.add("Mul", [places, x]);
  return timesSign(graph, graph.add("Mul", [places, power(graph.add("Abs", [x]), p - 1)]), x);
}

const lpPool: GradientRule = (step) => [
  () => powerMean(step, (graph, places) => spreadEvenly(graph, places, step.input(0), poolWindow(step))),
];

const globalLpPool: GradientRule = (step) => [() => powerMean(step, (_, places) => places)];

/** ONNX `GlobalMaxPool`: all goes to the first of the largest. */
const globalMaxPool: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const [n = 1, channels = 1, ...rest] = step.shape(0);
    const space = rest.map((size) => step.sizeOf(size));
    const count = elementCount(space);
    const flat = reshape(graph, step.input(0), [n, channels, count]);
    const first = graph.add("ArgMax", [flat], { axis: int(2) });
    const isFirst = graph.add("Equal", [first, graph.ints(Array.from({ length: count }, (_, i) => i))]);
    const own = graph.add("Where", [isFirst, reshape(graph, gradient, [n, channels, 1]), graph.floats(0, gradient)]);
    return reshapeLike(graph, own, step.input(0));
  },
];

/** Poolings but that of the maximum under a window. */
export const averagePoolRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ["AveragePool", averagePool],
  ["GlobalAveragePool", globalAveragePool],
  ["LpPool", lpPool],
  ["GlobalLpPool", globalLpPool],
  ["GlobalMaxPool", globalMaxPool],
]);
