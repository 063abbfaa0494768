import { axesOf } from "./structure.ts";
import { axisOf, type Call, dataAt, intOf, intsOf, mismatch, optionalData, type ShapeRule, shapeAt } from "./value.ts";

/** Where a slice of one axis begins, how it steps and how many elements it takes. */
export interface AxisSlice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** A `Slice`, clamped to the sizes of what it cuts (ONNX `Slice`-13), by axis. */
export function slicesOf(call: Call, shape: readonly number[]): ReadonlyMap<number, AxisSlice> {
  const starts = intsOf(call, "starts") ?? dataAt(call, 1);
  const ends = intsOf(call, "ends") ?? dataAt(call, 2);
  const axes = axesOf(call, 3, shape.length) ?? [...starts.keys()];
  const steps = optionalData(call, 4);
  return new Map(axes.map((axis, i) => [axis, sliceOf(shape[axis]!, starts[i]!, ends[i]!, steps?.[i] ?? 1)]));
}

function sliceOf(size: number, start: number, end: number, step: number): AxisSlice {
  // Walking backwards, "before the first" is -1, which a clamp to 0 would lose.
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number, least: number) => Math.min(Math.max(at < 0 ? at + size : at, least), high);
  const from = clamp(start, Math.max(low, 0));
  return { start: from, step, count: Math.max(0, Math.ceil((clamp(end, low) - from) / step)) };
}

const slice: ShapeRule = (call) => {
  const shape = [...shapeAt(call, 0)];
  for (const [axis, { count }] of slicesOf(call, shape)) shape[axis] = count;
  return [shape];
};

const gather: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = axisOf(call, intOf(call, "axis", 0), shape.length);
  return [shape.toSpliced(axis, 1, ...shapeAt(call, 1))];
};

const gatherND: ShapeRule = (call) => {
  const [shape, indices] = [shapeAt(call, 0), shapeAt(call, 1)];
  const depth = indices.at(-1) ?? 0;
  return [[...indices.slice(0, -1), ...shape.slice(intOf(call, "batch_dims", 0) + depth)]];
};

const oneHot: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = axisOf(call, intOf(call, "axis", -1), shape.length + 1);
  return [shape.toSpliced(axis, 0, dataAt(call, 1)[0] ?? 0)];
};

const topK: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = axisOf(call, intOf(call, "axis", -1), shape.length);
  const count = intOf(call, "k", undefined) ?? dataAt(call, 1)[0] ?? 0;
  if (count > shape[axis]!) throw mismatch(call, `the first ${count} of ${shape[axis]}`);
  return [shape.with(axis, count), shape.with(axis, count)];
};

const arg: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = axisOf(call, intOf(call, "axis", 0), shape.length);
  return [intOf(call, "keepdims", 1) === 1 ? shape.with(axis, 1) : shape.toSpliced(axis, 1)];
};

/** ONNX `Reduce…`: axes as attribute (older) or second input; no axes means all, unless `noop_with_empty_axes`. */
const reduce: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const given = axesOf(call, 1, shape.length) ?? [];
  if (given.length === 0 && intOf(call, "noop_with_empty_axes", 0) === 1) return [shape];
  const axes = given.length === 0 ? [...shape.keys()] : given;
  if (intOf(call, "keepdims", 1) === 1) return [shape.map((size, axis) => (axes.includes(axis) ? 1 : size))];
  return [shape.filter((_, axis) => !axes.includes(axis))];
};

const reductions = ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"];

/** Elements picked, counted and summed. */
export const indexingRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ["Slice", slice],
  ["Gather", gather],
  ["GatherElements", (call) => [shapeAt(call, 1)]],
  ["GatherND", gatherND],
  ["OneHot", oneHot],
  ["TopK", topK],
  ["ArgMax", arg],
  ["ArgMin", arg],
  ...reductions.map((name) => [`Reduce${name}`, reduce] as const),
]);
