import { int, ints } from "../attributes.ts";
import type { Attribute } from "../graph.ts";
import type { BackwardGraph } from "./backwardGraph.ts";
import { cut, padAxis } from "./shaping.ts";
import type { Step } from "./step.ts";

/** How a convolution or pooling moves over the axes behind batch and channels. All sizes are numbers, one per axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Elements that it reaches beyond the first, and behind the last by its declaration. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Sizes of what it moves over, and how many places it takes. */
  readonly space: readonly number[];
  readonly places: readonly number[];
}

/** The window of a node that moves it over `space` and gives `places`. */
export function windowOf(
  step: Step,
  kernel: readonly number[],
  space: readonly number[],
  places: readonly number[],
): Window {
  const strides = step.ints("strides") ?? kernel.map(() => 1);
  const dilations = step.ints("dilations") ?? kernel.map(() => 1);
  const autoPad = step.text("auto_pad", "NOTSET");
  const rank = kernel.length;
  const given = step.ints("pads") ?? new Array<number>(2 * rank).fill(0);
  const pads = kernel.map((size, axis): readonly [number, number] => {
    if (autoPad === "VALID") return [0, 0];
    if (!autoPad.startsWith("SAME")) return [given[axis]!, given[axis + rank]!];
    const reach = (size - 1) * dilations[axis]! + 1;
    const total = Math.max(0, (places[axis]! - 1) * strides[axis]! + reach - space[axis]!);
    const less = Math.floor(total / 2);
    return autoPad === "SAME_LOWER" ? [total - less, less] : [less, total - less];
  });
  const [before, after] = [pads.map(([begin]) => begin), pads.map(([, end]) => end)];
  return { kernel, strides, dilations, before, after, space, places };
}

/** Elements from the first to the last that one place of the window takes, along an axis. */
export function reachOf({ kernel, dilations }: Window, axis: number): number {
  return (kernel[axis]! - 1) * dilations[axis]! + 1;
}

/**
 * The transpose of moving a window: each place of `value` is spread over the elements that the window takes there, weighted
 * by `weights` (channels × filters per group × kernel), and what falls on one element is added. The result has the
 * window's space.
 */
export function spread(graph: BackwardGraph, value: string, weights: string, window: Window, groups: number): string {
  const { kernel, strides, dilations, before, space, places } = window;
  // What the windows cover beyond the space behind is cut off; elements that they do not reach become zeros.
  const behind = kernel.map(
    (_, axis) => (places[axis]! - 1) * strides[axis]! + reachOf(window, axis) - before[axis]! - space[axis]!,
  );
  const extra = behind.map((size, axis) => Math.min(Math.max(-size, 0), strides[axis]! - 1));
  const attributes: Record<string, Attribute> = {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...before, ...behind.map((size) => Math.max(size, 0))]),
    ...(extra.some((size) => size > 0) && { output_padding: ints(extra) }),
    ...(groups !== 1 && { group: int(groups) }),
  };
  let result = graph.add("ConvTranspose", [value, weights], attributes);
  for (const [axis, size] of behind.entries()) {
    if (-size > extra[axis]!) result = padAxis(graph, result, axis + 2, 0, -size - extra[axis]!);
  }
  return result;
}

/** `value` with `size` elements along an axis: cut behind, or with zeros added. */
export function fitted(graph: BackwardGraph, value: string, axis: number, size: number): string {
  const now = graph.shapeOf(value)[axis] as number;
  return now > size ? cut(graph, value, axis, 0, size) : padAxis(graph, value, axis, 0, size - now);
}
