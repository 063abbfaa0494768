import { elementCount } from "../tensor.ts";
import {
  axisOf,
  broadcast,
  type Call,
  dataAt,
  intOf,
  intsOf,
  mismatch,
  optionalData,
  type Shape,
  type ShapeRule,
  shapeAt,
  textOf,
  write,
} from "./value.ts";

/** Axes given as an input (newer operators) or as an attribute (older ones); `undefined` where neither is there. */
export function axesOf(call: Call, input: number, rank: number): number[] | undefined {
  const axes = intsOf(call, "axes") ?? optionalData(call, input);
  return axes?.map((axis) => axisOf(call, axis, rank));
}

/**
 * The shape that `Reshape` makes: 0 copies (unless `allowzero`), one -1 takes what is left.
 * @throws Failure `onnx/shape-mismatch` where the element counts differ.
 */
export function reshaped(call: Call, from: Shape, target: readonly number[], allowZero: boolean): Shape {
  const sizes = target.map((size, axis) => (size === 0 && !allowZero ? (from[axis] ?? 0) : size));
  const count = elementCount(from);
  const open = sizes.indexOf(-1);
  if (open >= 0) {
    const others = elementCount(sizes.toSpliced(open, 1));
    sizes[open] = others === 0 ? 0 : count / others;
  }
  if (elementCount(sizes) !== count || !sizes.every(Number.isInteger)) {
    throw mismatch(call, `${write([from])} cannot become [${target.join(", ")}]`);
  }
  return sizes;
}

const reshape: ShapeRule = (call) => {
  const target = intsOf(call, "shape") ?? dataAt(call, 1);
  return [reshaped(call, shapeAt(call, 0), target, intOf(call, "allowzero", 0) === 1)];
};

const flatten: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = intOf(call, "axis", 1);
  const from = axis < 0 ? axis + shape.length : axis;
  return [[elementCount(shape.slice(0, from)), elementCount(shape.slice(from))]];
};

const squeeze: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axes = axesOf(call, 1, shape.length) ?? shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  for (const axis of axes) if (shape[axis] !== 1) throw mismatch(call, `axis ${axis} of ${write([shape])} is not 1`);
  return [shape.filter((_, axis) => !axes.includes(axis))];
};

const unsqueeze: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const given = intsOf(call, "axes") ?? dataAt(call, 1);
  const rank = shape.length + given.length;
  const axes = new Set(given.map((axis) => axisOf(call, axis, rank)));
  const sizes = shape.values();
  return [Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : (sizes.next().value ?? 1)))];
};

const transpose: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const perm = intsOf(call, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (perm.length !== shape.length) throw mismatch(call, `${perm.length} axes to permute in ${write([shape])}`);
  return [perm.map((axis) => shape[axisOf(call, axis, shape.length)]!)];
};

const concat: ShapeRule = (call) => {
  const shapes = call.inputs.map((_, index) => shapeAt(call, index));
  const first = shapes[0] ?? [];
  const axis = axisOf(call, intOf(call, "axis", 1), first.length);
  for (const shape of shapes) {
    const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
    if (!fits) throw mismatch(call, `${write(shapes)} cannot be joined along axis ${axis}`);
  }
  return [
    first.with(
      axis,
      shapes.reduce((sum, shape) => sum + shape[axis]!, 0),
    ),
  ];
};

const split: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axis = axisOf(call, intOf(call, "axis", 0), shape.length);
  const parts = call.node.outputs.length;
  const each = Math.ceil(shape[axis]! / parts);
  const equal = Array.from({ length: parts }, (_, part) => Math.max(0, Math.min(each, shape[axis]! - part * each)));
  const sizes = intsOf(call, "split") ?? optionalData(call, 1) ?? equal;
  return sizes.map((size) => shape.with(axis, size));
};

const expand: ShapeRule = (call) => [broadcast(call, [shapeAt(call, 0), dataAt(call, 1)])];

const tile: ShapeRule = (call) => {
  const repeats = dataAt(call, 1);
  return [shapeAt(call, 0).map((size, axis) => size * (repeats[axis] ?? 1))];
};

const pad: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const pads = intsOf(call, "pads") ?? dataAt(call, 1);
  const axes = optionalData(call, 3)?.map((axis) => axisOf(call, axis, shape.length)) ?? [...shape.keys()];
  const sizes = [...shape];
  for (const [i, axis] of axes.entries()) sizes[axis]! += (pads[i] ?? 0) + (pads[i + axes.length] ?? 0);
  return [sizes];
};

const depthToSpace: ShapeRule = (call) => {
  const [n = 1, c = 1, h = 1, w = 1] = shapeAt(call, 0);
  const block = intOf(call, "blocksize", 1);
  return [[n, c / block ** 2, h * block, w * block]];
};

const spaceToDepth: ShapeRule = (call) => {
  const [n = 1, c = 1, h = 1, w = 1] = shapeAt(call, 0);
  const block = intOf(call, "blocksize", 1);
  return [[n, c * block ** 2, h / block, w / block]];
};

/** From the image's axes and the target: `Col2Im`'s columns hold channels × block elements. */
const columnsToImage: ShapeRule = (call) => {
  const [n = 1, columns = 1] = shapeAt(call, 0);
  return [[n, columns / elementCount(dataAt(call, 2)), ...dataAt(call, 1)]];
};

const centerCropPad: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axes = intsOf(call, "axes")?.map((axis) => axisOf(call, axis, shape.length)) ?? [...shape.keys()];
  const target = dataAt(call, 1);
  return [shape.map((size, axis) => target[axes.indexOf(axis)] ?? size)];
};

const range: ShapeRule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => dataAt(call, index)[0] ?? 0) as [number, number, number];
  return [[Math.max(0, Math.ceil((limit - start) / delta))]];
};

const constant: ShapeRule = ({ node }) => {
  for (const [name, attribute] of node.attributes) {
    if (attribute.type === "tensor") return [attribute.value.shape];
    if (name === "value_floats" || name === "value_ints" || name === "value_strings") {
      return [[(attribute.value as readonly unknown[]).length]];
    }
  }
  return [[]];
};

const shapeOf: ShapeRule = (call) => {
  const rank = shapeAt(call, 0).length;
  const bound = (axis: number) => Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
  return [[Math.max(0, bound(intOf(call, "end", rank)) - bound(intOf(call, "start", 0)))]];
};

const randomShape: ShapeRule = (call) => [intsOf(call, "shape") ?? []];

/** Upsampling by `scales`, or to `sizes`; `keep_aspect_ratio_policy` scales all axes by one factor. */
const resize: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const axes = intsOf(call, "axes")?.map((axis) => axisOf(call, axis, shape.length)) ?? [...shape.keys()];
  // Upsample (7, 9) and Resize (10) have `scales` second; from opset 11 on `roi` stands before it.
  const early = call.node.op === "Upsample" || call.inputs.length === 2;
  const floats = call.node.attributes.get("scales");
  const given = floats?.type === "floats" ? floats.value : call.inputs[early ? 1 : 2] && dataAt(call, early ? 1 : 2);
  if (given !== undefined && given.length > 0) {
    return [shape.map((size, axis) => Math.floor(Math.fround(size * (given[axes.indexOf(axis)] ?? 1))))];
  }
  const sizes = dataAt(call, 3);
  const policy = textOf(call, "keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return [shape.map((size, axis) => sizes[axes.indexOf(axis)] ?? size)];
  const ratios = axes.map((axis, i) => sizes[i]! / shape[axis]!);
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return [shape.map((size, axis) => (axes.includes(axis) ? Math.floor(size * scale + 0.5) : size))];
};

const nonZero: ShapeRule = (call) => [[shapeAt(call, 0).length, dataAt(call, 0).filter((x) => x !== 0).length]];

/** Axes added, removed, moved, joined, cut and filled; constants and shapes themselves. */
export const structureRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ["Reshape", reshape],
  ["Flatten", flatten],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Transpose", transpose],
  ["Concat", concat],
  ["Split", split],
  ["Expand", expand],
  ["Tile", tile],
  ["Pad", pad],
  ["DepthToSpace", depthToSpace],
  ["SpaceToDepth", spaceToDepth],
  ["Col2Im", columnsToImage],
  ["CenterCropPad", centerCropPad],
  ["Resize", resize],
  ["Upsample", resize],
  ["Shape", shapeOf],
  ["Size", () => [[]]],
  ["Constant", constant],
  ["ConstantOfShape", (call) => [dataAt(call, 0)]],
  ["Range", range],
  ["NonZero", nonZero],
  ["RandomNormal", randomShape],
  ["RandomUniform", randomShape],
]);
