import { int, text } from "../../graph/attributes.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { Arguments } from "./arguments.ts";
import { stridesOf } from "./fold/arrays.ts";
import {
  axisOf,
  concat,
  expand,
  isBatch,
  moved,
  reshape,
  select,
  sizeAt,
  slice,
  stacked,
  transpose,
  unsqueeze,
} from "./layout.ts";
import { concrete, type Operand } from "./operand.ts";
import { type Operator, operator, view } from "./operator.ts";
import { addSizes, divideSizes, equalSizes, type Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** Slices of given lengths, one behind the other. */
function split(w: OnnxWriter, x: Operand, axis: number, sizes: readonly Size[]): Operand[] {
  let start: Size = 0;
  return sizes.map((size) => {
    const from = start;
    start = addSizes(start, size);
    return slice(w, x, axis, from, start);
  });
}

/** Lengths of pieces of `size` that an axis is cut into; the last may be shorter. */
function pieces(w: OnnxWriter, length: number, size: number): number[] {
  if (size <= 0) return [length];
  return Array.from({ length: w.bounded(Math.max(1, Math.ceil(length / size))) }, (_, i) =>
    Math.min(size, length - i * size),
  );
}

function splitBy(w: OnnxWriter, a: Arguments, name: string): Operand[] {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  return split(w, x, axis, a.isList(name) ? a.sizes(name) : pieces(w, sizeAt(w, x, axis), a.number(name)));
}

function chunk(w: OnnxWriter, a: Arguments): Operand[] {
  const [x, count] = [a.tensor("self"), w.bounded(a.number("chunks"))];
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const even = divideSizes(x.shape[axis]!, count);
  if (typeof even === "object") return split(w, x, axis, new Array<Size>(count).fill(even));
  const length = sizeAt(w, x, axis);
  return split(w, x, axis, pieces(w, length, Math.ceil(length / count)));
}

function roll(w: OnnxWriter, a: Arguments): Operand {
  const given = a.tensor("self");
  const [shifts, dims] = [a.numbers("shifts"), a.numbers("dims")];
  let x = dims.length === 0 ? reshape(w, given, [-1]) : given;
  for (const [i, shift] of shifts.entries()) {
    const axis = dims.length === 0 ? 0 : axisOf(w, dims[i]!, x.shape.length);
    const length = sizeAt(w, x, axis);
    const cut = length === 0 ? 0 : ((-shift % length) + length) % length;
    if (cut !== 0) x = concat(w, [slice(w, x, axis, cut, undefined), slice(w, x, axis, 0, cut)], axis);
  }
  return reshape(w, x, given.shape);
}

const paddingModes: ReadonlyMap<string, string> = new Map([
  ["constant", "constant"],
  ["reflect", "reflect"],
  ["replicate", "edge"],
  ["circular", "wrap"],
]);

/** PyTorch lists pads from the last axis to the first, begin and end together; ONNX all begins, then all ends. */
function pad(w: OnnxWriter, x: Operand, given: readonly number[], mode: string, value: number): Operand {
  const onnxMode = paddingModes.get(mode);
  if (onnxMode === undefined) throw w.unsupported(`padding of kind "${mode}" is not known`);
  if (given.every((each) => each === 0)) return x;
  const begins = x.shape.map(() => 0);
  const ends = x.shape.map(() => 0);
  for (let i = 0; 2 * i + 1 < given.length; i++) {
    begins[x.shape.length - 1 - i] = given[2 * i]!;
    ends[x.shape.length - 1 - i] = given[2 * i + 1]!;
  }
  const filling = mode === "constant" && value !== 0 ? w.scalar(value, x.dtype) : undefined;
  if (x.dtype === "bool") return w.cast(pad(w, w.cast(x, "int"), given, mode, value), "bool");
  return w.add("Pad", [x, w.ints([...begins, ...ends]), filling], { mode: text(onnxMode) });
}

/** Windows of `size` elements of an axis, `step` apart; the elements of a window become the last axis. */
function windows(w: OnnxWriter, x: Operand, axis: number, size: number, step: number): Operand {
  const count = Math.floor((sizeAt(w, x, axis) - size) / step) + 1;
  const index = w.table([Math.max(0, count), size], "int", (i) => Math.floor(i / size) * step + (i % size));
  const cut = w.add("Gather", [x, index], { axis: int(axis) });
  return moved(w, cut, axis + 1, cut.shape.length - 1);
}

/** Windows of images as columns: n × (channels · window) × places. */
function columns(w: OnnxWriter, a: Arguments): Operand {
  const [kernel, dilation, stride] = [a.perAxis("kernel_size", 2), a.perAxis("dilation", 2), a.perAxis("stride", 2)];
  const [vertical, horizontal] = a.perAxis("padding", 2) as [number, number];
  const x = pad(w, a.tensor("self"), [horizontal, horizontal, vertical, vertical], "constant", 0);
  let y = x;
  const counts: number[] = [];
  for (const i of [0, 1]) {
    const [size, apart, step] = [kernel[i]!, dilation[i]!, stride[i]!];
    const count = Math.floor((sizeAt(w, x, i + 2) - apart * (size - 1) - 1) / step) + 1;
    const index = w.table([size, Math.max(0, count)], "int", (k) => Math.floor(k / count) * apart + (k % count) * step);
    // Rows are axis 2; once they are pairs of a place in the window and a window, columns are axis 4.
    y = w.add("Gather", [y, index], { axis: int(2 + 2 * i) });
    counts.push(count);
  }
  const channels = sizeAt(w, x, 1) * kernel[0]! * kernel[1]!;
  return reshape(w, transpose(w, y, [0, 1, 2, 4, 3, 5]), [x.shape[0]!, channels, counts[0]! * counts[1]!]);
}

/** A view by strides over elements that are taken to lie row-major; a leading axis of samples stays what it is. */
function strided(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const [size, stride] = [a.sizes("size"), a.sizes("stride")];
  const offset = a.optionalNumber("storage_offset") ?? 0;
  const perSample = isBatch(x.shape[0]) && isBatch(size[0]);
  const inner = concrete(perSample ? x.shape.slice(1) : x.shape);
  const shape = concrete(perSample ? size.slice(1) : size);
  const strides = concrete(perSample ? stride.slice(1) : stride);
  if (!inner || !shape || !strides) throw w.unsupported("its strides depend on the number of samples");
  const count = elementCount(inner);
  if (perSample && stride[0] !== count) throw w.unsupported("its samples overlap");
  const own = stridesOf(shape);
  const inOrder = strides.every((step, axis) => step === own[axis] || shape[axis] === 1);
  if (offset === 0 && inOrder && elementCount(shape) === count) return reshape(w, x, size);
  const places = w.table(shape, "int", (position) =>
    strides.reduce((at, step, axis) => at + (Math.floor(position / own[axis]!) % shape[axis]!) * step, offset),
  );
  if (places.known?.data.some((place) => place < 0 || place >= count))
    throw w.badArgument("its strides leave the tensor");
  const flat = reshape(w, x, perSample ? [x.shape[0]!, count] : [count]);
  return w.add("Gather", [flat, places], { axis: int(perSample ? 1 : 0) });
}

/** Puts `source` into positions `start`, `start + step`, … of an axis. */
function replaced(w: OnnxWriter, x: Operand, source: Operand, axis: number, start: number, step: number): Operand {
  const count = sizeAt(w, source, axis);
  if (count === 0) return x;
  if (step === 1) {
    const end = start + count;
    return concat(
      w,
      [slice(w, x, axis, 0, start), source, slice(w, x, axis, end, undefined)].filter(({ shape }) => shape[axis] !== 0),
      axis,
    );
  }
  const rows = w.table([count, 1], "int", (i) => start + i * step);
  return moved(w, w.add("ScatterND", [moved(w, x, axis, 0), rows, moved(w, source, axis, 0)]), 0, axis);
}

function sliceScatter(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const cut = slice(w, x, axis, a.given("start") ? a.size("start") : 0, end(a), a.number("step"));
  const source = expand(w, w.cast(a.tensor("src"), x.dtype), cut.shape);
  // All of an axis is replaced, also where it is the samples'.
  if (equalSizes(cut.shape[axis]!, x.shape[axis]!) && a.number("step") === 1) return source;
  const length = sizeAt(w, x, axis);
  const start = a.optionalNumber("start") ?? 0;
  return replaced(
    w,
    x,
    source,
    axis,
    Math.min(Math.max(start < 0 ? start + length : start, 0), length),
    a.number("step"),
  );
}

function selectScatter(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const source = unsqueeze(w, w.cast(a.tensor("src"), x.dtype), [axis]);
  const index = a.number("index");
  const shape = x.shape.with(axis, 1);
  return replaced(w, x, expand(w, source, shape), axis, index < 0 ? index + sizeAt(w, x, axis) : index, 1);
}

function end(a: Arguments): Size | undefined {
  return a.given("end") ? a.size("end") : undefined;
}

function flip(w: OnnxWriter, x: Operand, dims: readonly number[]): Operand {
  const axes = dims.map((dim) => axisOf(w, dim, x.shape.length));
  const each = (value: number) => w.ints(axes.map(() => value));
  return axes.length === 0 ? x : w.add("Slice", [x, each(-1), each(-(2 ** 53)), w.ints(axes), each(-1)]);
}

function unbind(w: OnnxWriter, a: Arguments): Operand[] {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  return Array.from({ length: w.bounded(sizeAt(w, x, axis)) }, (_, i) => select(w, x, axis, i));
}

function joined(w: OnnxWriter, a: Arguments): Operand {
  const operands = a.tensors("tensors");
  const rank = Math.max(0, ...operands.map(({ shape }) => shape.length));
  return concat(w, operands, axisOf(w, a.number("dim"), rank));
}

/** Axes of a reflection, a repetition of edges, or zeros, by name. */
const namedPads = (["reflection_pad", "replication_pad"] as const).flatMap((name) =>
  [1, 2, 3].map((rank) =>
    operator(`${name}${rank}d(Tensor self, int[] padding)`, (w, a) =>
      pad(w, a.tensor("self"), a.perAxis("padding", 2 * rank), name === "reflection_pad" ? "reflect" : "replicate", 0),
    ),
  ),
);

/** Tensors cut, joined and padded. */
export const partOperators: readonly Operator[] = [
  view("slice.Tensor(Tensor self, int dim=0, int? start=None, int? end=None, int step=1)", (w, a) => {
    const x = a.tensor("self");
    const axis = axisOf(w, a.number("dim"), x.shape.length);
    return slice(w, x, axis, a.given("start") ? a.size("start") : 0, end(a), a.number("step"));
  }),
  view("narrow(Tensor self, int dim, int start, int length)", (w, a) => {
    const x = a.tensor("self");
    const start = a.size("start");
    return slice(w, x, axisOf(w, a.number("dim"), x.shape.length), start, addSizes(start, a.size("length")));
  }),
  view("select.int(Tensor self, int dim, int index)", (w, a) => {
    const x = a.tensor("self");
    return select(w, x, axisOf(w, a.number("dim"), x.shape.length), a.size("index"));
  }),
  view(
    [
      "split.Tensor(Tensor self, int[] split_size, int dim=0)",
      "unsafe_split(Tensor self, int[] split_size, int dim=0)",
    ],
    (w, a) => splitBy(w, a, "split_size"),
  ),
  view(
    [
      "split_with_sizes(Tensor self, int[] split_sizes, int dim=0)",
      "split_with_sizes_copy(Tensor self, int[] split_sizes, int dim=0)",
      "unsafe_split_with_sizes(Tensor self, int[] split_sizes, int dim=0)",
    ],
    (w, a) => splitBy(w, a, "split_sizes"),
  ),
  view(["chunk(Tensor self, int chunks, int dim=0)", "unsafe_chunk(Tensor self, int chunks, int dim=0)"], chunk),
  view("unbind.int(Tensor self, int dim=0)", unbind),
  operator(
    [
      "cat(Tensor[] tensors, int dim=0)",
      "concat(Tensor[] tensors, int dim=0)",
      "concatenate(Tensor[] tensors, int dim=0)",
    ],
    joined,
  ),
  operator("stack(Tensor[] tensors, int dim=0)", (w, a) => {
    const operands = a.tensors("tensors");
    return stacked(w, operands, axisOf(w, a.number("dim"), (operands[0]?.shape.length ?? 0) + 1));
  }),
  operator("flip(Tensor self, int[] dims)", (w, a) => flip(w, a.tensor("self"), a.numbers("dims"))),
  operator("roll(Tensor self, int[] shifts, int[] dims=[])", roll),
  operator("pad(Tensor self, int[] pad, str mode='constant', float? value=None)", (w, a) =>
    pad(w, a.tensor("self"), a.numbers("pad"), a.text("mode"), a.optionalNumber("value") ?? 0),
  ),
  operator("constant_pad_nd(Tensor self, int[] pad, Scalar value=0)", (w, a) =>
    pad(w, a.tensor("self"), a.numbers("pad"), "constant", a.number("value")),
  ),
  ...namedPads,
  operator("unfold(Tensor self, int dimension, int size, int step)", (w, a) => {
    const x = a.tensor("self");
    return windows(w, x, axisOf(w, a.number("dimension"), x.shape.length), a.number("size"), a.number("step"));
  }),
  operator("im2col(Tensor self, int[] kernel_size, int[] dilation, int[] padding, int[] stride)", columns),
  view("as_strided(Tensor self, int[] size, int[] stride, int? storage_offset=None)", strided),
  operator(
    "slice_scatter(Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1)",
    sliceScatter,
  ),
  operator("select_scatter(Tensor self, Tensor src, int dim, int index)", selectScatter),
];
