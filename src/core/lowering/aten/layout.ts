import { Failure } from "../../failure.ts";
import { int, ints } from "../../graph/attributes.ts";
import type { ElementKind } from "./fold/arrays.ts";
import { concrete, type Operand } from "./operand.ts";
import { batch, divideSizes, equalSizes, multiplySizes, type Size, writeSize } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** Steps that most operators are made of: axes moved, cut and joined, types brought together. None adds a node for nothing. */

/** An axis counted from the front. */
export function axisOf(w: OnnxWriter, axis: number, rank: number): number {
  // What has no axes takes 0 and -1 all the same.
  const counted = axis < 0 ? axis + Math.max(rank, 1) : axis;
  if (!Number.isInteger(counted) || counted < 0 || counted >= Math.max(rank, 1)) {
    throw w.badArgument(`axis ${axis} of a tensor with ${rank} axes`);
  }
  return counted;
}

/** Axes counted from the front, all of them where none are given. */
export function axesOf(w: OnnxWriter, axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined || axes.length === 0) return Array.from({ length: rank }, (_, axis) => axis);
  return axes.map((axis) => axisOf(w, axis, rank));
}

/** The product of sizes. */
export function countOf(w: OnnxWriter, shape: readonly Size[]): Size {
  let count: Size = 1;
  for (const size of shape) {
    const product = multiplySizes(count, size);
    if (product === undefined) throw w.unsupported("its size grows with the square of the number of samples");
    count = product;
  }
  return count;
}

/** The size of an axis, which must not depend on the number of samples. */
export function sizeAt(w: OnnxWriter, x: Operand, axis: number): number {
  const size = x.shape[axis];
  if (size === undefined) throw w.badArgument(`axis ${axis} of a tensor with ${x.shape.length} axes`);
  if (typeof size !== "number") throw w.unsupported(`axis ${axis} grows with the number of samples`);
  return size;
}

/** The same elements in another shape; one size may be -1. */
export function reshape(w: OnnxWriter, x: Operand, target: readonly Size[]): Operand {
  const shape = completed(w, x, target);
  if (shape.length === x.shape.length && shape.every((size, axis) => equalSizes(size, x.shape[axis]!))) return x;
  const open = shape.map((size) => (typeof size === "number" ? size : -1));
  if (open.filter((size) => size === -1).length > 1) throw w.unsupported("two axes grow with the number of samples");
  return w.add("Reshape", [x, w.ints(open)], open.includes(0) ? { allowzero: int(1) } : {});
}

/** A reshape's target with its -1 replaced. */
function completed(w: OnnxWriter, x: Operand, target: readonly Size[]): readonly Size[] {
  const count = countOf(w, x.shape);
  const open = target.indexOf(-1);
  const others = countOf(w, open < 0 ? target : target.toSpliced(open, 1));
  const rest = open < 0 ? undefined : count === 0 ? 0 : divideSizes(count, others);
  const shape = rest === undefined ? target : target.with(open, rest);
  if ((open >= 0 && rest === undefined) || !equalSizes(countOf(w, shape), count)) {
    const problem = `${writeShape(x.shape)} elements cannot become ${writeShape(target)}`;
    if (typeof count === "number" || concrete(target) === undefined) throw w.badArgument(problem);
    throw new Failure(`${w.format}/fixed-batch`, `${w.operator} repeats a number of samples: ${problem}.`);
  }
  return shape;
}

/** A shape for messages. */
export function writeShape(shape: readonly Size[]): string {
  return shape.length === 0 ? "no axes" : shape.map(writeSize).join("×");
}

/** Axis `i` of the result is axis `axes[i]` of the operand. */
export function transpose(w: OnnxWriter, x: Operand, axes: readonly number[]): Operand {
  return axes.every((axis, i) => axis === i) ? x : w.add("Transpose", [x], { perm: ints(axes) });
}

/** Two axes exchanged; negative ones count from the end. */
export function swapped(w: OnnxWriter, x: Operand, a: number, b: number): Operand {
  const rank = x.shape.length;
  const [first, second] = [axisOf(w, a, rank), axisOf(w, b, rank)];
  if (rank < 2) return x;
  const axes = [...x.shape.keys()];
  return transpose(w, x, axes.with(first, second).with(second, first));
}

/** One axis moved to another place. */
export function moved(w: OnnxWriter, x: Operand, from: number, to: number): Operand {
  const axes = [...x.shape.keys()].toSpliced(from, 1);
  return transpose(w, x, axes.toSpliced(to, 0, from));
}

/** Axes of size 1 added; `axes` are places in the result. */
export function unsqueeze(w: OnnxWriter, x: Operand, axes: readonly number[]): Operand {
  return axes.length === 0 ? x : w.add("Unsqueeze", [x, w.ints(axes)]);
}

/** Axes of size 1 taken away. */
export function squeeze(w: OnnxWriter, x: Operand, axes: readonly number[]): Operand {
  return axes.length === 0 ? x : w.add("Squeeze", [x, w.ints(axes)]);
}

/** Positions `start`, `start + step`, … before `end` of one axis; negative ones count from the end, as PyTorch has it. */
export function slice(w: OnnxWriter, x: Operand, axis: number, start: Size, end: Size | undefined, step = 1): Operand {
  const size = x.shape[axis];
  if (size === undefined) throw w.badArgument(`axis ${axis} of a tensor with ${x.shape.length} axes`);
  const toEnd = end === undefined || equalSizes(end, size) || (typeof end === "number" && reaches(end, size));
  if (start === 0 && toEnd && step === 1) return x;
  const last = toEnd ? Number.MAX_SAFE_INTEGER : end;
  return w.add("Slice", [x, w.sizes([start]), w.sizes([last]), w.ints([axis]), w.ints([step])]);
}

/** Whether an end lies at or behind the end of an axis. */
function reaches(end: number, size: Size): boolean {
  return typeof size === "number" ? end >= size : end >= 2 ** 31;
}

/** One position of an axis, which the result does not have. */
export function select(w: OnnxWriter, x: Operand, axis: number, index: Size): Operand {
  return w.add("Gather", [x, w.size(index)], { axis: int(axis) });
}

/** Repeated to a shape; -1 keeps the size of an axis, counted from the last. */
export function expand(w: OnnxWriter, x: Operand, target: readonly Size[]): Operand {
  const ahead = target.length - x.shape.length;
  if (ahead < 0) throw w.badArgument(`${writeShape(x.shape)} cannot be repeated to ${writeShape(target)}`);
  const shape = target.map((size, axis) => (size === -1 && axis >= ahead ? x.shape[axis - ahead]! : size));
  if (ahead === 0 && shape.every((size, axis) => equalSizes(size, x.shape[axis]!))) return x;
  for (const [axis, size] of x.shape.entries()) {
    if (size === 1 || equalSizes(size, shape[axis + ahead]!)) continue;
    const problem = `${writeShape(x.shape)} cannot be repeated to ${writeShape(shape)}`;
    if (typeof size === "number" || concrete(shape) === undefined) throw w.badArgument(problem);
    throw new Failure(`${w.format}/fixed-batch`, `${w.operator} repeats a number of samples: ${problem}.`);
  }
  // Axes that stay as they are may be 1 in the target: then only those that are repeated tell what depends on the samples.
  const needed = shape.map((size, axis) => (axis >= ahead && equalSizes(size, x.shape[axis - ahead]!) ? 1 : size));
  return w.add("Expand", [x, w.sizes(needed)]);
}

/** Joined along an axis. Lists without elements, as PyTorch allows them, are left out. */
export function concat(w: OnnxWriter, operands: readonly Operand[], axis: number): Operand {
  const filled = operands.filter(({ shape }) => !(shape.length === 1 && shape[0] === 0));
  const [first] = filled.length > 0 ? filled : operands;
  if (!first) throw w.badArgument("nothing to join");
  return filled.length < 2 ? first : w.add("Concat", promoted(w, filled), { axis: int(axis) });
}

/** Operands of one shape behind one another along a new axis. */
export function stacked(w: OnnxWriter, operands: readonly Operand[], axis = 0): Operand {
  return concat(
    w,
    promoted(w, operands).map((operand) => unsqueeze(w, operand, [axis])),
    axis,
  );
}

/** Operands as the kind that holds all of them: booleans, integers, floats. */
export function promoted(w: OnnxWriter, operands: readonly Operand[], least: ElementKind = "bool"): Operand[] {
  const kind = [least, ...operands.map(({ dtype }) => dtype)].reduce(wider);
  return operands.map((operand) => w.cast(operand, kind));
}

const order: readonly ElementKind[] = ["bool", "int", "float"];

function wider(a: ElementKind, b: ElementKind): ElementKind {
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** `condition ? a : b` by element. The engine's `Where` does not take booleans. */
export function where(w: OnnxWriter, condition: Operand, a: Operand, b: Operand): Operand {
  const chosen = promoted(w, [a, b]);
  if (chosen[0]!.dtype !== "bool") return w.add("Where", [w.cast(condition, "bool"), ...chosen]);
  const numbers = promoted(w, chosen, "int");
  return w.cast(w.add("Where", [w.cast(condition, "bool"), ...numbers]), "bool");
}

/** The shape that shapes broadcast to. */
export function broadcastSizes(w: OnnxWriter, shapes: readonly (readonly Size[])[]): Size[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size: Size = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length] ?? 1;
      if (size !== 1 && other !== 1 && !equalSizes(size, other)) {
        throw w.badArgument(`${shapes.map(writeShape).join(" and ")} do not fit`);
      }
      if (size === 1) size = other;
    }
    return size;
  });
}

/** Whether an axis is the samples'. */
export function isBatch(size: Size | undefined): boolean {
  return size !== undefined && equalSizes(size, batch);
}
