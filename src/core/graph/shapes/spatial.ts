import {
  type Call,
  dataAt,
  intOf,
  intsOf,
  mismatch,
  type Shape,
  type ShapeRule,
  shapeAt,
  textOf,
  write,
} from "./value.ts";

/** Window of a convolution or pooling over the axes behind batch and channels. */
interface Window {
  readonly kernel: Shape;
  readonly strides: Shape;
  readonly dilations: Shape;
  /** Begins, then ends. */
  readonly pads: Shape;
  readonly autoPad: string;
}

function windowOf(call: Call, kernel: Shape): Window {
  const each = (value: number) => kernel.map(() => value);
  return {
    kernel,
    strides: intsOf(call, "strides") ?? each(1),
    dilations: intsOf(call, "dilations") ?? each(1),
    pads: intsOf(call, "pads") ?? [...each(0), ...each(0)],
    autoPad: textOf(call, "auto_pad", "NOTSET"),
  };
}

/** Sizes that a window leaves of `space`: the formulas of ONNX `MaxPool` and `Conv`. */
function slide(call: Call, space: Shape, { kernel, strides, dilations, pads, autoPad }: Window): Shape {
  const ceil = intOf(call, "ceil_mode", 0) === 1;
  return space.map((size, axis) => {
    const stride = strides[axis]!;
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    if (autoPad.startsWith("SAME")) return Math.ceil(size / stride);
    const before = autoPad === "VALID" ? 0 : pads[axis]!;
    const after = autoPad === "VALID" ? 0 : pads[axis + space.length]!;
    const room = size + before + after - reach;
    if (room < 0) throw mismatch(call, `a window of ${reach} over ${size} elements`);
    if (!ceil) return Math.floor(room / stride) + 1;
    const count = Math.ceil(room / stride) + 1;
    // A window that would begin in the padding at the end is left out.
    return (count - 1) * stride >= size + before ? count - 1 : count;
  });
}

/** `weightIndex`: where the weights (M × C/group × kernel) stand among the inputs. */
function convolution(weightIndex: number): ShapeRule {
  return (call) => {
    const [[n = 1, channels = 1, ...space], weights] = [shapeAt(call, 0), shapeAt(call, weightIndex)];
    const [filters = 1, depth = 1, ...kernel] = weights;
    const fits = space.length === kernel.length && channels === depth * intOf(call, "group", 1);
    if (!fits) throw mismatch(call, `${write([shapeAt(call, 0)])} under weights of ${write([weights])}`);
    return [[n, filters, ...slide(call, space, windowOf(call, kernel))]];
  };
}

const convTranspose: ShapeRule = (call) => {
  const [[n = 1, channels = 1, ...space], weights] = [shapeAt(call, 0), shapeAt(call, 1)];
  const [depth = 1, filters = 1, ...kernel] = weights;
  if (channels !== depth || space.length !== kernel.length) {
    throw mismatch(call, `${write([shapeAt(call, 0)])} under weights of ${write([weights])}`);
  }
  const { strides, dilations, pads, autoPad } = windowOf(call, kernel);
  const extra = intsOf(call, "output_padding");
  const given = intsOf(call, "output_shape")?.slice(-space.length);
  const sizes = space.map((size, axis) => {
    const stride = strides[axis]!;
    if (autoPad.startsWith("SAME")) return size * stride;
    const padding = autoPad === "VALID" ? 0 : pads[axis]! + pads[axis + space.length]!;
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return stride * (size - 1) + (extra?.[axis] ?? 0) + reach - padding;
  });
  return [[n, filters * intOf(call, "group", 1), ...(given ?? sizes)]];
};

const pool: ShapeRule = (call) => {
  const [n = 1, channels = 1, ...space] = shapeAt(call, 0);
  const kernel = intsOf(call, "kernel_shape") ?? space;
  if (kernel.length !== space.length) throw mismatch(call, `a window of ${write([kernel])} over ${write([space])}`);
  const shape = [n, channels, ...slide(call, space, windowOf(call, kernel))];
  return [shape, shape];
};

const globalPool: ShapeRule = (call) => [shapeAt(call, 0).map((size, axis) => (axis < 2 ? size : 1))];

const maxUnpool: ShapeRule = (call) => {
  if (call.inputs[2]) return [dataAt(call, 2)];
  const [n = 1, channels = 1, ...space] = shapeAt(call, 0);
  const { kernel, strides, pads } = windowOf(call, intsOf(call, "kernel_shape") ?? []);
  const sizes = space.map(
    (size, axis) => (size - 1) * strides[axis]! + kernel[axis]! - pads[axis]! - pads[axis + space.length]!,
  );
  return [[n, channels, ...sizes]];
};

const gridSample: ShapeRule = (call) => [[...shapeAt(call, 0).slice(0, 2), ...shapeAt(call, 1).slice(1, -1)]];

const affineGrid: ShapeRule = (call) => {
  const [n = 1, , ...space] = dataAt(call, 1);
  return [[n, ...space, space.length]];
};

const roiAlign: ShapeRule = (call) => [
  [shapeAt(call, 1)[0] ?? 0, shapeAt(call, 0)[1] ?? 1, intOf(call, "output_height", 1), intOf(call, "output_width", 1)],
];

const roiPool: ShapeRule = (call) => [
  [shapeAt(call, 1)[0] ?? 0, shapeAt(call, 0)[1] ?? 1, ...(intsOf(call, "pooled_shape") ?? [])],
];

/** Convolution, pooling and sampling over space. */
export const spatialRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ["Conv", convolution(1)],
  ["ConvInteger", convolution(1)],
  ["DeformConv", convolution(1)],
  ["QLinearConv", convolution(3)],
  ["ConvTranspose", convTranspose],
  ["MaxPool", pool],
  ["AveragePool", pool],
  ["LpPool", pool],
  ["GlobalAveragePool", globalPool],
  ["GlobalMaxPool", globalPool],
  ["GlobalLpPool", globalPool],
  ["MaxUnpool", maxUnpool],
  ["GridSample", gridSample],
  ["AffineGrid", affineGrid],
  ["RoiAlign", roiAlign],
  ["MaxRoiPool", roiPool],
]);
