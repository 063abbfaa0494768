import type { Arguments } from "./arguments.ts";
import { axisOf, countOf, expand, reshape, squeeze, swapped, transpose, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator, view } from "./operator.ts";
import { divideSizes, multiplySizes, type Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** Axes `from … to` as one. */
function flatten(w: OnnxWriter, x: Operand, from: number, to: number): Operand {
  const [first, last] = [axisOf(w, from, x.shape.length), axisOf(w, to, x.shape.length)];
  const size = countOf(w, x.shape.slice(first, last + 1));
  return reshape(w, x, x.shape.toSpliced(first, last - first + 1, size));
}

/** One axis as several; one of the sizes may be -1. */
function unflatten(w: OnnxWriter, x: Operand, dim: number, sizes: readonly Size[]): Operand {
  const axis = axisOf(w, dim, x.shape.length);
  const open = sizes.indexOf(-1);
  const rest = open < 0 ? undefined : divideSizes(x.shape[axis]!, countOf(w, sizes.toSpliced(open, 1)));
  const complete = rest === undefined ? sizes : sizes.with(open, rest);
  return reshape(w, x, x.shape.toSpliced(axis, 1, ...complete));
}

/** Axes of size 1 among those given, or among all, are taken away. */
function squeezed(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const candidates = a.given("dim")
    ? a.numbers("dim").map((dim) => axisOf(w, dim, x.shape.length))
    : [...x.shape.keys()];
  return squeeze(
    w,
    x,
    candidates.filter((axis) => x.shape[axis] === 1),
  );
}

function permute(w: OnnxWriter, x: Operand, dims: readonly number[]): Operand {
  return transpose(
    w,
    x,
    dims.map((dim) => axisOf(w, dim, x.shape.length)),
  );
}

function moveAxes(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const rank = x.shape.length;
  const from = a.numbers("source").map((dim) => axisOf(w, dim, rank));
  const to = a.numbers("destination").map((dim) => axisOf(w, dim, rank));
  const rest = [...x.shape.keys()].filter((axis) => !from.includes(axis));
  return transpose(
    w,
    x,
    Array.from({ length: rank }, (_, axis) => (to.includes(axis) ? from[to.indexOf(axis)]! : rest.shift()!)),
  );
}

/** Repeats the whole tensor; more repetitions than axes add axes. An axis of size 1 is expanded. */
function repeat(w: OnnxWriter, x: Operand, repeats: readonly Size[]): Operand {
  const ahead = repeats.length - x.shape.length;
  if (ahead < 0) throw w.badArgument(`${repeats.length} repetitions of ${x.shape.length} axes`);
  const long = unsqueeze(
    w,
    x,
    Array.from({ length: ahead }, (_, axis) => axis),
  );
  if (repeats.every((count, axis) => count === 1 || long.shape[axis] === 1)) {
    return expand(
      w,
      long,
      long.shape.map((size, axis) => (size === 1 ? repeats[axis]! : size)),
    );
  }
  return w.add("Tile", [long, w.sizes(repeats)]);
}

/** Each element of an axis several times in a row. */
function repeatInterleave(w: OnnxWriter, given: Operand, count: Size, dim: number | undefined): Operand {
  const x = dim === undefined ? reshape(w, given, [-1]) : given;
  const axis = dim === undefined ? 0 : axisOf(w, dim, x.shape.length);
  const long = unsqueeze(w, x, [axis + 1]);
  const sizes = multiplySizes(x.shape[axis]!, count);
  if (sizes === undefined) throw w.unsupported("it repeats samples as often as there are samples");
  return reshape(w, expand(w, long, long.shape.with(axis + 1, count)), x.shape.with(axis, sizes));
}

/** Channels of blocks of r × r become space: the channels stand before the places within a block. */
function pixelShuffle(w: OnnxWriter, x: Operand, r: number): Operand {
  const [n, c, h, width] = fourAxes(w, x);
  const blocks = reshape(w, x, [n, quotient(w, c, r * r), r, r, h, width]);
  return reshape(w, transpose(w, blocks, [0, 1, 4, 2, 5, 3]), [
    n,
    quotient(w, c, r * r),
    product(w, h, r),
    product(w, width, r),
  ]);
}

function pixelUnshuffle(w: OnnxWriter, x: Operand, r: number): Operand {
  const [n, c, h, width] = fourAxes(w, x);
  const blocks = reshape(w, x, [n, c, quotient(w, h, r), r, quotient(w, width, r), r]);
  return reshape(w, transpose(w, blocks, [0, 1, 3, 5, 2, 4]), [
    n,
    product(w, c, r * r),
    quotient(w, h, r),
    quotient(w, width, r),
  ]);
}

function channelShuffle(w: OnnxWriter, x: Operand, groups: number): Operand {
  const [n = 1, c = 1, ...space] = x.shape;
  const apart = reshape(w, x, [n, groups, quotient(w, c, groups), ...space]);
  return reshape(w, swapped(w, apart, 1, 2), x.shape);
}

function fourAxes(w: OnnxWriter, x: Operand): [Size, Size, Size, Size] {
  if (x.shape.length !== 4) throw w.unsupported(`it has ${x.shape.length} axes instead of 4`);
  return x.shape as unknown as [Size, Size, Size, Size];
}

function quotient(w: OnnxWriter, a: Size, b: number): Size {
  const result = divideSizes(a, b);
  if (result === undefined) throw w.badArgument(`an axis does not divide by ${b}`);
  return result;
}

function product(w: OnnxWriter, a: Size, b: number): Size {
  return countOf(w, [a, b]);
}

/** The same shape as another tensor. */
const like = (a: Arguments) => a.tensor("other").shape;

/** Axes added, removed, moved and repeated. */
export const shapeOperators: readonly Operator[] = [
  view(
    [
      "view(Tensor self, int[] size)",
      "_unsafe_view(Tensor self, int[] size)",
      "reshape(Tensor self, int[] shape)",
      "_reshape_alias(Tensor self, int[] size, int[] stride)",
    ],
    (w, a) => reshape(w, a.tensor("self"), a.sizes(a.given("shape") ? "shape" : "size")),
  ),
  view(["view_as(Tensor self, Tensor other)", "reshape_as(Tensor self, Tensor other)"], (w, a) =>
    reshape(w, a.tensor("self"), like(a)),
  ),
  view("flatten.using_ints(Tensor self, int start_dim=0, int end_dim=-1)", (w, a) => {
    const x = a.tensor("self");
    return x.shape.length === 0 ? reshape(w, x, [1]) : flatten(w, x, a.number("start_dim"), a.number("end_dim"));
  }),
  view("ravel(Tensor self)", (w, a) => reshape(w, a.tensor("self"), [-1])),
  view("unflatten.int(Tensor self, int dim, int[] sizes)", (w, a) =>
    unflatten(w, a.tensor("self"), a.number("dim"), a.sizes("sizes")),
  ),
  view("permute(Tensor self, int[] dims)", (w, a) => permute(w, a.tensor("self"), a.numbers("dims"))),
  view(
    [
      "transpose.int(Tensor self, int dim0, int dim1)",
      "swapaxes(Tensor self, int axis0, int axis1)",
      "swapdims(Tensor self, int dim0, int dim1)",
    ],
    (w, a) => {
      const [x, prefix] = [a.tensor("self"), a.given("dim0") ? "dim" : "axis"];
      const [first, second] = [0, 1].map((i) => axisOf(w, a.number(`${prefix}${i}`), x.shape.length));
      return x.shape.length === 0 ? x : swapped(w, x, first!, second!);
    },
  ),
  view("t(Tensor self)", (w, a) =>
    a.tensor("self").shape.length < 2 ? a.tensor("self") : swapped(w, a.tensor("self"), 0, 1),
  ),
  view("numpy_T(Tensor self)", (w, a) => transpose(w, a.tensor("self"), [...a.tensor("self").shape.keys()].reverse())),
  view("mT(Tensor self)", (w, a) => {
    return swapped(w, a.tensor("self"), -2, -1);
  }),
  view(
    ["movedim(Tensor self, int[] source, int[] destination)", "moveaxis(Tensor self, int[] source, int[] destination)"],
    moveAxes,
  ),
  view(["squeeze(Tensor self)", "squeeze.dim(Tensor self, int[] dim)"], squeezed),
  view("unsqueeze(Tensor self, int dim)", (w, a) =>
    unsqueeze(w, a.tensor("self"), [axisOf(w, a.number("dim"), a.tensor("self").shape.length + 1)]),
  ),
  view(["expand(Tensor self, int[] size, *, bool implicit=False)", "broadcast_to(Tensor self, int[] size)"], (w, a) =>
    expand(w, a.tensor("self"), a.sizes("size")),
  ),
  view("expand_as(Tensor self, Tensor other)", (w, a) => expand(w, a.tensor("self"), like(a))),
  operator("repeat(Tensor self, int[] repeats)", (w, a) => repeat(w, a.tensor("self"), a.sizes("repeats"))),
  operator("tile(Tensor self, int[] dims)", (w, a) => {
    const [x, repeats] = [a.tensor("self"), a.sizes("dims")];
    const missing = Math.max(0, x.shape.length - repeats.length);
    return repeat(w, x, [...new Array<number>(missing).fill(1), ...repeats]);
  }),
  operator("repeat_interleave.self_int(Tensor self, int repeats, int? dim=None, *, int? output_size=None)", (w, a) =>
    repeatInterleave(w, a.tensor("self"), a.size("repeats"), a.optionalNumber("dim")),
  ),
  operator("pixel_shuffle(Tensor self, int upscale_factor)", (w, a) =>
    pixelShuffle(w, a.tensor("self"), a.number("upscale_factor")),
  ),
  operator("pixel_unshuffle(Tensor self, int downscale_factor)", (w, a) =>
    pixelUnshuffle(w, a.tensor("self"), a.number("downscale_factor")),
  ),
  operator(["channel_shuffle(Tensor self, int groups)", "native_channel_shuffle(Tensor self, int groups)"], (w, a) =>
    channelShuffle(w, a.tensor("self"), a.number("groups")),
  ),
];
