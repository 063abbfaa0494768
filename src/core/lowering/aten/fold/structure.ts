import { elementCount } from "../../../graph/tensor.ts";
import { broadcastShape, broadcastTo, elementsFor, type KnownArray, picked, positions, stridesOf } from "./arrays.ts";
import { axisOf, type Folding, intAttribute, intsAttribute } from "./folding.ts";

/** The target of a reshape is always written out: no 0, no -1. */
const reshape: Folding = ([x, target]) => {
  if (!x || !target) return undefined;
  const shape = Array.from(target.data);
  return elementCount(shape) === x.data.length && shape.every((size) => size >= 0) ? [{ ...x, shape }] : undefined;
};

const unsqueeze: Folding = ([x, axes]) => {
  if (!x || !axes) return undefined;
  const rank = x.shape.length + axes.data.length;
  const added = new Set(Array.from(axes.data, (axis) => axisOf(axis, rank)));
  const sizes = x.shape.values();
  const shape = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (sizes.next().value ?? 1)));
  return [{ ...x, shape }];
};

const squeeze: Folding = ([x, axes]) => {
  if (!x || !axes) return undefined;
  const removed = new Set(Array.from(axes.data, (axis) => axisOf(axis, x.shape.length)));
  return [{ ...x, shape: x.shape.filter((_, axis) => !removed.has(axis)) }];
};

const transpose: Folding = ([x], attributes) => {
  if (!x) return undefined;
  const axes = intsAttribute(attributes, "perm") ?? [...x.shape.keys()].reverse();
  const strides = stridesOf(x.shape);
  const shape = axes.map((axis) => x.shape[axis]!);
  return [
    {
      dtype: x.dtype,
      shape,
      data: picked(
        x.data,
        shape,
        axes.map((axis) => strides[axis]!),
      ),
    },
  ];
};

const expand: Folding = ([x, target]) => {
  const shape = x && target && broadcastShape([x.shape, Array.from(target.data)]);
  return shape && [{ dtype: x.dtype, shape, data: broadcastTo(x, shape) }];
};

const tile: Folding = ([x, repeats]) => {
  if (!x || repeats?.data.length !== x.shape.length) return undefined;
  const strides = stridesOf(x.shape);
  // Each axis as two: the repetition, which moves nothing, and the axis itself.
  const shape = x.shape.flatMap((size, axis) => [repeats.data[axis]!, size]);
  const data = picked(
    x.data,
    shape,
    strides.flatMap((stride) => [0, stride]),
  );
  return [{ dtype: x.dtype, shape: x.shape.map((size, axis) => size * repeats.data[axis]!), data }];
};

const concat: Folding = (operands, attributes) => {
  const [first] = operands;
  const axis = first && axisOf(intAttribute(attributes, "axis", 0), first.shape.length);
  if (!first || axis === undefined) return undefined;
  const outer = elementCount(first.shape.slice(0, axis));
  const rows = operands.map((operand) => (operand?.data.length ?? 0) / outer);
  const row = rows.reduce((sum, each) => sum + each, 0);
  const data = elementsFor([outer, row]);
  let filled = 0;
  for (const [k, operand] of operands.entries()) {
    for (let i = 0; i < outer; i++) {
      data.set(operand!.data.subarray(i * rows[k]!, (i + 1) * rows[k]!), i * row + filled);
    }
    filled += rows[k]!;
  }
  const size = operands.reduce((sum, operand) => sum + (operand?.shape[axis] ?? 0), 0);
  return [{ dtype: first.dtype, shape: first.shape.with(axis, size), data }];
};

/** One axis is cut at a time; start, end and step are within the axis. */
const slice: Folding = ([x, starts, ends, axes, steps]) => {
  if (!x || !starts || !ends || !axes) return undefined;
  const strides = stridesOf(x.shape);
  const shape = [...x.shape];
  let offset = 0;
  for (const [i, given] of axes.data.entries()) {
    const axis = axisOf(given, shape.length);
    if (axis === undefined) return undefined;
    const [length, step] = [shape[axis]!, steps?.data[i] ?? 1];
    const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
    const clamp = (at: number, least: number) => Math.min(Math.max(at < 0 ? at + length : at, least), high);
    const start = clamp(starts.data[i]!, Math.max(low, 0));
    shape[axis] = Math.max(0, Math.ceil((clamp(ends.data[i]!, low) - start) / step));
    offset += start * strides[axis]!;
    strides[axis]! *= step;
  }
  return [{ dtype: x.dtype, shape, data: picked(x.data, shape, strides, offset) }];
};

const split: Folding = ([x, sizes], attributes) => {
  const axis = x && axisOf(intAttribute(attributes, "axis", 0), x.shape.length);
  if (!x || !sizes || axis === undefined) return undefined;
  const strides = stridesOf(x.shape);
  let start = 0;
  return Array.from(sizes.data, (size): KnownArray => {
    const shape = x.shape.with(axis, size);
    const data = picked(x.data, shape, strides, start * strides[axis]!);
    start += size;
    return { dtype: x.dtype, shape, data };
  });
};

/** Constant padding by pads for all axes: begins, then ends. Negative ones cut. */
const pad: Folding = ([x, pads, value], attributes) => {
  const mode = attributes.get("mode");
  if (!x || !pads || (mode?.type === "string" && mode.value !== "constant")) return undefined;
  const rank = x.shape.length;
  const shape = x.shape.map((size, axis) => size + pads.data[axis]! + pads.data[axis + rank]!);
  if (shape.some((size) => size < 0)) return undefined;
  const data = elementsFor(shape).fill(value?.data[0] ?? 0);
  const [to, from] = [stridesOf(shape), stridesOf(x.shape)];
  const begins = x.shape.map((_, axis) => Math.max(0, -pads.data[axis]!));
  const kept = x.shape.map((size, axis) => size - begins[axis]! - Math.max(0, -pads.data[axis + rank]!));
  if (kept.some((size) => size <= 0)) return [{ dtype: x.dtype, shape, data }];
  const start = begins.reduce((sum, begin, axis) => sum + begin * from[axis]!, 0);
  const target = shape.reduce((sum, _, axis) => sum + Math.max(0, pads.data[axis]!) * to[axis]!, 0);
  const sources = positions(kept, from, start);
  for (const at of positions(kept, to, target)) data[at] = x.data[sources.next().value ?? 0]!;
  return [{ dtype: x.dtype, shape, data }];
};

const range: Folding = ([start, limit, delta]) => {
  if (!start || !limit || !delta) return undefined;
  const [first, end, step] = [start.data[0]!, limit.data[0]!, delta.data[0]!];
  const count = Math.max(0, Math.ceil((end - first) / step));
  const data = elementsFor([count]).map((_, i) => first + i * step);
  return [{ dtype: start.dtype, shape: [count], data }];
};

const trilu: Folding = ([x, diagonal], attributes) => {
  if (!x || x.shape.length < 2) return undefined;
  const upper = intAttribute(attributes, "upper", 1) === 1;
  const k = diagonal?.data[0] ?? 0;
  const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
  const data = x.data.map((e, i) => {
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    return (upper ? column - row >= k : column - row <= k) ? e : 0;
  });
  return [{ ...x, data }];
};

/** Axes added, removed, moved, joined, cut and filled. */
export const structureFoldings: ReadonlyMap<string, Folding> = new Map<string, Folding>([
  ["Reshape", reshape],
  ["Unsqueeze", unsqueeze],
  ["Squeeze", squeeze],
  ["Transpose", transpose],
  ["Expand", expand],
  ["Tile", tile],
  ["Concat", concat],
  ["Slice", slice],
  ["Split", split],
  ["Pad", pad],
  ["Range", range],
  ["Trilu", trilu],
]);
