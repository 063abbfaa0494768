import { ints } from "../attributes.ts";
import type { BackwardGraph } from "./backwardGraph.ts";

/** A size: a number, or the symbol of one that follows the batch. */
export type Size = number | string;

/** The value with other sizes of as many elements. `like` is a value of that shape, for shapes of two sizes that follow the batch. */
export function reshape(graph: BackwardGraph, value: string, shape: readonly Size[], like?: string): string {
  if (isSame(graph.shapeOf(value), shape)) return value;
  const open = shape.filter((size) => typeof size !== "number").length;
  if (open > 1 && like !== undefined) return graph.add("Reshape", [value, graph.add("Shape", [like])]);
  const target = shape.map((size) => (typeof size === "number" ? size : -1));
  return graph.add("Reshape", [value, graph.ints(target)]);
}

/** The value in the shape of another. */
export function reshapeLike(graph: BackwardGraph, value: string, like: string): string {
  return reshape(graph, value, graph.shapeOf(like), like);
}

function isSame(a: readonly Size[], b: readonly Size[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis] && size !== "?");
}

/** Sum over the axes in which `like` was repeated to give what has the shape of `gradient`. */
export function undoBroadcast(graph: BackwardGraph, gradient: string, like: string): string {
  const [from, to] = [graph.shapeOf(gradient), graph.shapeOf(like)];
  const ahead = from.length - to.length;
  const axes = from.flatMap((size, axis) => (axis < ahead || (to[axis - ahead] === 1 && size !== 1) ? [axis] : []));
  const summed = axes.length === 0 ? gradient : sumOver(graph, gradient, axes);
  return ahead === 0 ? summed : reshapeLike(graph, summed, like);
}

/** Sum over axes, which stay as axes of one element. */
export function sumOver(graph: BackwardGraph, value: string, axes: readonly number[]): string {
  return axes.length === 0 ? value : graph.add("ReduceSum", [value, graph.ints(axes)]);
}

/** Mean over axes, which stay as axes of one element. */
export function meanOver(graph: BackwardGraph, value: string, axes: readonly number[]): string {
  return axes.length === 0 ? value : graph.add("ReduceMean", [value, graph.ints(axes)]);
}

/** The value repeated to the shape of another, which it broadcasts to. */
export function expandLike(graph: BackwardGraph, value: string, like: string): string {
  const [from, to] = [graph.shapeOf(value), graph.shapeOf(like)];
  if (isSame(from, to)) return value;
  const ahead = to.length - from.length;
  // An axis that follows the batch on both sides needs no size: a 1 in the target leaves it as it is.
  const needsSize = to.some((size, axis) => typeof size !== "number" && from[axis - ahead] !== size);
  if (needsSize) return graph.add("Expand", [value, graph.add("Shape", [like])]);
  return graph.add("Expand", [value, graph.ints(to.map((size) => (typeof size === "number" ? size : 1)))]);
}

/** Zeros of the type and shape of a value. */
export function zerosLike(graph: BackwardGraph, like: string): string {
  return expandLike(graph, graph.floats(0, like), like);
}

/** Axes in another order: axis `i` of the result is axis `order[i]`. */
export function permute(graph: BackwardGraph, value: string, order: readonly number[]): string {
  return order.every((axis, i) => axis === i) ? value : graph.add("Transpose", [value], { perm: ints(order) });
}

/** Positions `start … end − 1` of one axis, whose size is a number. */
export function cut(graph: BackwardGraph, value: string, axis: number, start: number, end: number): string {
  if (start === 0 && graph.shapeOf(value)[axis] === end) return value;
  return graph.add("Slice", [value, graph.ints([start]), graph.ints([end]), graph.ints([axis])]);
}

/** The elements along one axis in the opposite order. */
export function reverse(graph: BackwardGraph, value: string, axis: number): string {
  const last = -(2 ** 31);
  return graph.add("Slice", [value, ...[-1, last, axis, -1].map((number) => graph.ints([number]))]);
}

/** Zeros added before and behind along axes (negative numbers cut): begins, then ends, one per axis. */
export function padZeros(graph: BackwardGraph, value: string, pads: readonly number[]): string {
  return pads.every((pad) => pad === 0) ? value : graph.add("Pad", [value, graph.ints(pads)]);
}

/** As {@link padZeros}, along one axis. */
export function padAxis(graph: BackwardGraph, value: string, axis: number, before: number, after: number): string {
  const rank = graph.shapeOf(value).length;
  const pads = new Array<number>(2 * rank).fill(0);
  return padZeros(graph, value, pads.with(axis, before).with(axis + rank, after));
}
