import { int, ints } from "../../attributes.ts";
import { toFloat32 } from "../../numbers.ts";
import { elementCount, type Tensor } from "../../tensor.ts";
import { computed } from "../../tensorViews.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import type { Size } from "../shaping.ts";
import type { Step } from "../step.ts";
import { fitted, reachOf, spread, type Window, windowOf } from "../window.ts";
import { filterGradient } from "./filterGradient.ts";
import { byPhases } from "./phases.ts";

/** Sizes behind batch and channels, which must be numbers. */
export function spaceOf(step: Step, shape: readonly Size[]): readonly number[] {
  return shape.slice(2).map((size) => step.sizeOf(size));
}

/** The kernel of weights. */
function kernelOf(step: Step, weights: string): readonly number[] {
  return spaceOf(step, step.graph.shapeOf(weights));
}

/** Sum over all axes but that of the channels. */
function biasGradient(graph: BackwardGraph, gradient: string): string {
  const axes = graph.shapeOf(gradient).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return graph.add("ReduceSum", [gradient, graph.ints(axes)], { keepdims: int(0) });
}

/**
 * ONNX `Conv`. At stride 1 the gradient of the input is a convolution with the weights turned around and their channels
 * exchanged, which has the fastest kernel; at larger strides it is the transposed convolution.
 */
const conv: GradientRule = (step) => {
  const { graph, gradient } = step;
  const [x, weights] = [step.input(0), step.input(1)];
  const space = spaceOf(step, graph.shapeOf(x));
  const window = windowOf(step, kernelOf(step, weights), space, spaceOf(step, graph.shapeOf(step.output)));
  const groups = step.int("group", 1);
  return [
    () => inputGradient(graph, gradient, weights, window, groups),
    () => filterGradient(graph, x, gradient, window, groups),
    () => biasGradient(graph, gradient),
  ];
};

function inputGradient(
  graph: BackwardGraph,
  gradient: string,
  weights: string,
  window: Window,
  groups: number,
): string {
  const { value, factors } = graph.unscaled(gradient);
  const tensor = graph.tensorOf(weights);
  const pads = [window.before, window.after].flatMap((sizes) =>
    sizes.map((size, axis) => reachOf(window, axis) - 1 - size),
  );
  const isPlain = window.strides.every((stride) => stride === 1) && pads.every((pad) => pad >= 0);
  if (tensor?.dtype !== "float32") return spread(graph, gradient, weights, window, groups);
  const key = `${weights} ${factors?.name ?? ""}`;
  if (!isPlain) {
    const phases = groups === 1 && byPhases(graph, value, tensor, key, window, factors?.tensor);
    if (phases) return phases;
    if (!factors) return spread(graph, gradient, weights, window, groups);
    const scaled = graph.share(`scaled ${key}`, () => scaledFilters(tensor, factors.tensor));
    return spread(graph, value, scaled, window, groups);
  }
  const turned = graph.share(`turned ${groups} ${key}`, () => turnedFilters(tensor, groups, factors?.tensor));
  return graph.add("Conv", [value, turned], {
    kernel_shape: ints(window.kernel),
    dilations: ints(window.dilations),
    pads: ints(pads),
    ...(groups !== 1 && { group: int(groups) }),
  });
}

/**
 * Filters (groups·M × C × kernel) as the gradient needs them: groups·C × M × kernel, turned around, and each of the old
 * filters multiplied with its factor.
 */
function turnedFilters(tensor: Tensor, groups: number, factors: Tensor | undefined): Tensor {
  const [all = 1, channels = 1, ...kernel] = tensor.shape;
  const [filters, taps] = [all / groups, elementCount(kernel)];
  return computed([groups * channels, filters, ...kernel], () => {
    const from = toFloat32(tensor);
    const scale = factors && toFloat32(factors);
    const to = new Float32Array(from.length);
    for (let filter = 0, source = 0; filter < all; filter++) {
      const [group, own] = [Math.floor(filter / filters), filter % filters];
      const factor = scale?.[filter] ?? 1;
      for (let channel = 0; channel < channels; channel++) {
        const end = ((group * channels + channel) * filters + own + 1) * taps - 1;
        for (let tap = 0; tap < taps; tap++) to[end - tap] = from[source++]! * factor;
      }
    }
    return to;
  });
}

/** Each filter multiplied with its factor. */
function scaledFilters(tensor: Tensor, factors: Tensor): Tensor {
  const size = elementCount(tensor.shape.slice(1));
  return computed(tensor.shape, () => {
    const scale = toFloat32(factors);
    return toFloat32(tensor).map((weight, i) => weight * scale[Math.floor(i / size)]!);
  });
}

/** ONNX `ConvTranspose`, whose gradient with respect to its input is the convolution with the same weights. */
const convTranspose: GradientRule = (step) => {
  const { graph, gradient } = step;
  const [x, weights] = [step.input(0), step.input(1)];
  const window = transposedWindow(step, x, weights);
  const groups = step.int("group", 1);
  return [
    () => {
      const { kernel, strides, dilations, before, places } = window;
      // The space that the places reach, so that there are exactly as many of them.
      const padded = places.map(
        (count, axis) => (count - 1) * strides[axis]! + reachOf(window, axis) - before[axis]! - window.space[axis]!,
      );
      let whole = gradient;
      for (const [axis, size] of padded.entries()) {
        if (-size >= strides[axis]!) whole = fitted(graph, whole, axis + 2, window.space[axis]! + size);
      }
      return graph.add("Conv", [whole, weights], {
        kernel_shape: ints(kernel),
        strides: ints(strides),
        dilations: ints(dilations),
        pads: ints([...before, ...padded.map((size) => Math.max(size, 0))]),
        ...(groups !== 1 && { group: int(groups) }),
      });
    },
    () => filterGradient(graph, gradient, x, window, groups),
    () => biasGradient(graph, gradient),
  ];
};

/** The window that moves over the output of a transposed convolution and gives its input (ONNX `ConvTranspose`). */
function transposedWindow(step: Step, x: string, weights: string): Window {
  const { graph } = step;
  const kernel = kernelOf(step, weights);
  const [places, space] = [spaceOf(step, graph.shapeOf(x)), spaceOf(step, graph.shapeOf(step.output))];
  const strides = step.ints("strides") ?? kernel.map(() => 1);
  const dilations = step.ints("dilations") ?? kernel.map(() => 1);
  const given = step.ints("pads") ?? new Array<number>(2 * kernel.length).fill(0);
  const extra = step.ints("output_padding") ?? kernel.map(() => 0);
  const autoPad = step.text("auto_pad", "NOTSET");
  const isFixed = step.ints("output_shape") !== undefined || autoPad.startsWith("SAME");
  const before = kernel.map((size, axis) => {
    if (!isFixed) return autoPad === "VALID" ? 0 : given[axis]!;
    const reach = (size - 1) * dilations[axis]! + 1;
    const total = Math.max(0, strides[axis]! * (places[axis]! - 1) + extra[axis]! + reach - space[axis]!);
    return autoPad === "SAME_UPPER" ? Math.floor(total / 2) : total - Math.floor(total / 2);
  });
  return { kernel, strides, dilations, before, after: kernel.map(() => 0), space, places };
}

/** Convolutions. */
export const convolutionRules: ReadonlyMap<string, GradientRule> = new Map([
  ["Conv", conv],
  ["ConvTranspose", convTranspose],
]);
