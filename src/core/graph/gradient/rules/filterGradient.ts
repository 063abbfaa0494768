import { int, ints } from "../../attributes.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import { cut, permute, reshape, type Size } from "../shaping.ts";
import { reachOf, type Window } from "../window.ts";

/**
 * The gradient of a convolution with respect to its filters: M × C/groups × kernel.
 *
 * @param x what the window moves over: n × C × space.
 * @param y the gradient at its places: n × M × places.
 */
export function filterGradient(graph: BackwardGraph, x: string, y: string, window: Window, groups: number): string {
  const [[n = 1, channels], [, filters]] = [graph.shapeOf(x), graph.shapeOf(y)] as [Size[], Size[]];
  const [c, m] = [Number(channels), Number(filters)];
  const { kernel, strides, before } = window;
  const pointwise = [...kernel, ...strides].every((size) => size === 1) && before.every((size) => size === 0);
  if (pointwise && groups === 1 && window.after.every((size) => size === 0)) {
    // Samples apart, so that the sum over them is all that is left to do.
    const [rows, columns] = [
      reshape(graph, y, [n, m, count(window.places)]),
      reshape(graph, x, [n, c, count(window.space)]),
    ];
    const products = graph.add("MatMul", [rows, permute(graph, columns, [0, 2, 1])]);
    const sum = graph.add("ReduceSum", [products, graph.ints([0])], { keepdims: int(0) });
    return reshape(graph, sum, [m, c, ...kernel]);
  }
  // Samples and channels exchanged, it is a convolution with the places for a kernel: strides and dilations change roles.
  const image = groupsWithSamples(graph, x, n, groups, c / groups, window.space);
  const filter = permute(graph, y, [1, 0, ...kernel.map((_, axis) => axis + 2)]);
  const behind = kernel.map((_, axis) => {
    const covered = (window.places[axis]! - 1) * strides[axis]! + reachOf(window, axis);
    return covered - before[axis]! - window.space[axis]!;
  });
  const taps = graph.add("Conv", [image, filter], {
    kernel_shape: ints(window.places),
    strides: ints(window.dilations),
    dilations: ints(strides),
    pads: ints([...before, ...behind.map((size) => Math.max(size, 0))]),
    ...(groups !== 1 && { group: int(groups) }),
  });
  // Elements behind the last place give more taps than there are.
  const own = kernel.reduce((value, size, axis) => cut(graph, value, axis + 2, 0, size), taps);
  return permute(graph, own, [1, 0, ...kernel.map((_, axis) => axis + 2)]);
}

/** n × (groups·c) × space as c × (groups·n) × space. */
function groupsWithSamples(
  graph: BackwardGraph,
  x: string,
  n: Size,
  groups: number,
  c: number,
  space: readonly number[],
): string {
  if (groups === 1) return permute(graph, x, [1, 0, ...space.map((_, axis) => axis + 2)]);
  const apart = reshape(graph, x, [n, groups, c, ...space]);
  const exchanged = permute(graph, apart, [2, 1, 0, ...space.map((_, axis) => axis + 3)]);
  return reshape(graph, exchanged, [c, typeof n === "number" ? groups * n : "?", ...space]);
}

function count(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}
