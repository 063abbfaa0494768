import { int, ints, text } from "../../attributes.ts";
import type { Node } from "../../graph.ts";
import { float32Tensor, float64Tensor } from "../../tensor.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { reshape, reshapeLike, type Size, zerosLike } from "../shaping.ts";
import type { Step } from "../step.ts";
import { reachOf, spread, type Window, windowOf } from "../window.ts";
import { spaceOf } from "./convolution.ts";

/** ONNX `MaxPool`: all goes to the largest element of each place of the window, the first of several. */
export const maxPool: GradientRule = (step) => {
  const { graph, gradient } = step;
  if (step.int("storage_order", 0) === 1) step.refuse("with column-major indices");
  const x = step.input(0);
  const kernel = step.ints("kernel_shape") ?? step.refuse("without a window");
  const space = spaceOf(step, graph.shapeOf(x));
  const window = windowOf(step, kernel, space, spaceOf(step, graph.shapeOf(step.output)));
  const write = graph.profile === "webgpu" ? byComparison : byIndices;
  return [() => write(graph, gradient, x, step.node, window)];
};

/** The indices that the operator gives are positions in the whole input. */
function byIndices(graph: BackwardGraph, gradient: string, x: string, node: Node, window: Window): string {
  const indices = graph.outputOf(node, 1);
  const { kernel, strides, before, after, space, places } = window;
  const isApart = kernel.every((_, axis) => strides[axis]! >= reachOf(window, axis));
  const unpooled = places.map(
    (count, axis) => (count - 1) * strides[axis]! + kernel[axis]! - before[axis]! - after[axis]!,
  );
  if (isApart && unpooled.every((size, axis) => size === space[axis])) {
    return graph.add("MaxUnpool", [gradient, indices], {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints([...before, ...after]),
    });
  }
  const flat = (value: string) => reshape(graph, value, ["?"]);
  const inputs = [flat(zerosLike(graph, x)), flat(indices), flat(gradient)];
  const sum = graph.add("ScatterElements", inputs, { reduction: text("add") });
  return reshapeLike(graph, sum, x);
}

/**
 * Each tap of the window compared with the maximum, the first that equals it taken: the gradients of all taps, as channels,
 * are spread back to where they were read.
 */
function byComparison(graph: BackwardGraph, gradient: string, x: string, node: Node, window: Window): string {
  const { kernel, strides, dilations, before, space, places } = window;
  const y = node.outputs[0] ?? "";
  const [n = 1, channels] = graph.shapeOf(x) as readonly [Size, number];
  const behind = kernel.map(
    (_, axis) => (places[axis]! - 1) * strides[axis]! + reachOf(window, axis) - before[axis]! - space[axis]!,
  );
  const pads = [0, 0, ...before, 0, 0, ...behind.map((size) => Math.max(size, 0))];
  const least = graph.floats(-3.4e38, x);
  const padded = pads.some((pad) => pad > 0) ? graph.add("Pad", [x, graph.ints(pads), least]) : x;
  const axes = graph.ints(space.map((_, axis) => axis + 2));
  const nothing = graph.floats(0, gradient);
  let open: string | undefined;
  const taps = positions(kernel).map((tap) => {
    const starts = tap.map((at, axis) => at * dilations[axis]!);
    const ends = starts.map((start, axis) => start + (places[axis]! - 1) * strides[axis]! + 1);
    const read = graph.add("Slice", [padded, graph.ints(starts), graph.ints(ends), axes, graph.ints(strides)]);
    const isLargest = graph.add("Equal", [read, y]);
    const isTaken = open === undefined ? isLargest : graph.add("And", [isLargest, open]);
    const isOther = graph.add("Not", [isLargest]);
    open = open === undefined ? isOther : graph.add("And", [open, isOther]);
    const own = graph.add("Where", [isTaken, gradient, nothing]);
    return reshape(graph, own, [n, channels, 1, ...places]);
  });
  const together = graph.add("Concat", taps, { axis: int(2) });
  const asChannels = reshape(graph, together, [n, channels * taps.length, ...places]);
  return spread(graph, asChannels, tapWeights(graph, gradient, channels, kernel), window, channels);
}

/** For each channel, one filter per tap that is 1 there: (channels · taps) × 1 × kernel. */
function tapWeights(graph: BackwardGraph, like: string, channels: number, kernel: readonly number[]): string {
  const taps = kernel.reduce((count, size) => count * size, 1);
  const isExact = graph.dtypeOf(like) === "float64";
  return graph.share(`taps ${channels} ${kernel} ${isExact}`, () => {
    const ones = Array.from({ length: channels * taps * taps }, (_, i) =>
      (i % (taps * taps)) % (taps + 1) === 0 ? 1 : 0,
    );
    return (isExact ? float64Tensor : float32Tensor)([channels * taps, 1, ...kernel], ones);
  });
}

/** All positions in a kernel, row-major: the order in which the runtime looks for the maximum. */
function positions(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<number[][]>(
    (found, size) => found.flatMap((position) => Array.from({ length: size }, (_, at) => [...position, at])),
    [[]],
  );
}

/** ONNX `MaxUnpool` with the indices of a pooling, each of which names another element. */
export const maxUnpool: GradientRule = (step: Step) => {
  const { graph, gradient } = step;
  if (step.optional(2) !== undefined) step.refuse("with a given output shape");
  return [() => graph.add("Gather", [reshape(graph, gradient, ["?"]), step.input(1)])];
};
