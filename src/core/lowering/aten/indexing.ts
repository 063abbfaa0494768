import { int, text } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import {
  axisOf,
  broadcastSizes,
  concat,
  expand,
  moved,
  slice,
  squeeze,
  swapped,
  transpose,
  unsqueeze,
  where,
} from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import { equalSizes, type Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** An axis and the tensor of indices into it. */
interface AxisIndex {
  readonly axis: number;
  readonly index: Operand;
}

/** Indices by axis; a mask that is known becomes the indices where it is true, one tensor for each of its axes. */
function indicesOf(w: OnnxWriter, given: readonly (Operand | undefined)[]): AxisIndex[] {
  const found: AxisIndex[] = [];
  let axis = 0;
  for (const index of given) {
    if (index?.dtype === "bool") {
      if (!index.known) throw w.unsupported("how much a mask selects depends on the samples");
      const places = w.add("NonZero", [index]);
      for (const [k] of index.shape.entries())
        found.push({ axis: axis + k, index: squeeze(w, slice(w, places, 0, k, k + 1), [0]) });
      axis += index.shape.length;
    } else {
      if (index) found.push({ axis, index });
      axis++;
    }
  }
  return found;
}

/** Whether the indexed axes stand side by side: then the result's stand in their place, else in front. */
function areAdjacent(indices: readonly AxisIndex[]): boolean {
  return indices.every(({ axis }, i) => axis === indices[0]!.axis + i);
}

/** The indexed axes first, in order. */
function indexedFirst(w: OnnxWriter, x: Operand, indices: readonly AxisIndex[]): { x: Operand; order: number[] } {
  const first = indices.map(({ axis }) => axis);
  const order = [...first, ...[...x.shape.keys()].filter((axis) => !first.includes(axis))];
  return { x: transpose(w, x, order), order };
}

/** Index tensors brought to one shape, as one tensor whose last axis names a place. */
function places(w: OnnxWriter, indices: readonly AxisIndex[]): { places: Operand; shape: Size[] } {
  const shape = broadcastSizes(
    w,
    indices.map(({ index }) => index.shape),
  );
  const columns = indices.map(({ index }) => unsqueeze(w, expand(w, w.cast(index, "int"), shape), [shape.length]));
  return { places: concat(w, columns, shape.length), shape };
}

/** `x[i, :, j]`: indexing by tensors, as NumPy has it. */
function indexed(w: OnnxWriter, x: Operand, given: readonly (Operand | undefined)[]): Operand {
  const indices = indicesOf(w, given);
  const [only] = indices;
  if (!only) return x;
  if (indices.length === 1) return w.add("Gather", [x, w.cast(only.index, "int")], { axis: int(only.axis) });
  const { places: rows, shape } = places(w, indices);
  const y = w.add("GatherND", [indexedFirst(w, x, indices).x, rows]);
  if (!areAdjacent(indices) || only.axis === 0) return y;
  // The result's axes move behind the axes that stood before the indexed ones.
  const axes = [...y.shape.keys()];
  const front = axes.splice(0, shape.length);
  return transpose(w, y, axes.toSpliced(only.axis, 0, ...front));
}

/** `x[…] = values`, or `+=`. A mask that is not known chooses between both. */
function indexPut(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const given = a.optionalTensors("indices");
  const values = w.cast(a.tensor("values"), x.dtype);
  const accumulate = a.flag("accumulate");
  const [mask] = given;
  if (given.length === 1 && mask?.dtype === "bool" && !mask.known && !accumulate) {
    const behind = x.shape.length - mask.shape.length;
    if (values.shape.some((size) => size !== 1)) throw w.unsupported("how much a mask selects depends on the samples");
    const long = unsqueeze(
      w,
      mask,
      Array.from({ length: behind }, (_, i) => mask.shape.length + i),
    );
    return where(w, long, values, x);
  }
  const indices = indicesOf(w, given);
  if (indices.length === 0) return expand(w, values, x.shape);
  const { places: rows, shape } = places(w, indices);
  const { x: turned, order } = indexedFirst(w, x, indices);
  const rest = turned.shape.slice(indices.length);
  if (!areAdjacent(indices) || indices[0]!.axis === 0 || values.shape.length <= 1) {
    const updates = expand(w, values, [...shape, ...rest]);
    const y = w.add("ScatterND", [turned, rows, updates], accumulate ? { reduction: text("add") } : {});
    return transpose(w, y, inverse(order));
  }
  // Values come with the axes of the result of indexing: those before the indexed axes first.
  const before = indices[0]!.axis;
  const target = [...rest.slice(0, before), ...shape, ...rest.slice(before)];
  const full = expand(w, values, target);
  const axes = [...target.keys()];
  const middle = axes.splice(before, shape.length);
  const y = w.add(
    "ScatterND",
    [turned, rows, transpose(w, full, [...middle, ...axes])],
    accumulate ? { reduction: text("add") } : {},
  );
  return transpose(w, y, inverse(order));
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** `gather` and `scatter` take index tensors that are smaller than the tensor; source elements beyond them are not used. */
function cutTo(w: OnnxWriter, x: Operand, shape: readonly Size[], except: number): Operand {
  if (x.shape.length !== shape.length) throw w.badArgument("its index has another number of axes");
  let y = x;
  for (const [axis, size] of shape.entries())
    if (axis !== except && !equalSizes(size, x.shape[axis]!)) y = slice(w, y, axis, 0, size);
  return y;
}

function gather(w: OnnxWriter, a: Arguments): Operand {
  const [x, index] = [a.tensor("self"), a.tensor("index")];
  if (index.shape.length === 0)
    return w.add("Gather", [x.shape.length === 0 ? unsqueeze(w, x, [0]) : x, index], { axis: int(0) });
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  return w.add("GatherElements", [cutTo(w, x, index.shape, axis), index], { axis: int(axis) });
}

function scatter(w: OnnxWriter, a: Arguments, adds: boolean): Operand {
  const [x, index] = [a.tensor("self"), a.tensor("index")];
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const given = w.cast(a.tensor(a.given("src") ? "src" : "value"), x.dtype);
  const source = given.shape.length === 0 ? expand(w, given, index.shape) : cutTo(w, given, index.shape, -1);
  const attributes = { axis: int(axis), ...(adds && { reduction: text("add") }) };
  return w.add("ScatterElements", [x, index, source], attributes);
}

function takeAlong(w: OnnxWriter, a: Arguments): Operand {
  const [x, index] = [a.tensor("self"), a.tensor("indices")];
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  if (index.shape.length !== x.shape.length) throw w.badArgument("its index has another number of axes");
  const shape = broadcastSizes(w, [x.shape.with(axis, 1), index.shape.with(axis, 1)]);
  const along = expand(w, x, shape.with(axis, x.shape[axis]!));
  return w.add("GatherElements", [along, expand(w, index, shape.with(axis, index.shape[axis]!))], { axis: int(axis) });
}

function triangle(w: OnnxWriter, a: Arguments, upper: number): Operand {
  const x = a.tensor("self");
  const y = w.add("Trilu", [x.dtype === "bool" ? w.cast(x, "int") : x, w.ints(a.number("diagonal"))], {
    upper: int(upper),
  });
  return w.cast(y, x.dtype);
}

/** The diagonal of two axes becomes the last axis. */
function diagonal(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const [first, second] = ["dim1", "dim2"].map((name) => axisOf(w, a.number(name), x.shape.length)) as [number, number];
  const offset = a.number("offset");
  const [rows, columns] = [x.shape[first], x.shape[second]];
  if (typeof rows !== "number" || typeof columns !== "number")
    throw w.unsupported("its diagonal runs through the samples");
  const count = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
  const at = (start: number) => w.table([count], "int", (i) => i + start);
  const others = [...x.shape.keys()].filter((axis) => axis !== first && axis !== second);
  const y = indexed(w, transpose(w, x, [first, second, ...others]), [
    at(Math.max(-offset, 0)),
    at(Math.max(offset, 0)),
  ]);
  return moved(w, y, 0, y.shape.length - 1);
}

function oneHot(w: OnnxWriter, a: Arguments): Operand {
  const [x, count] = [a.tensor("self"), a.number("num_classes")];
  if (count < 0) throw w.unsupported("the number of classes depends on the samples");
  const classes = w.table([count], "int", (i) => i);
  return w.cast(w.add("Equal", [unsqueeze(w, x, [x.shape.length]), classes]), "int");
}

/** Elements picked and placed by indices. */
export const indexingOperators: readonly Operator[] = [
  operator("index.Tensor(Tensor self, Tensor?[] indices)", (w, a) =>
    indexed(w, a.tensor("self"), a.optionalTensors("indices")),
  ),
  operator("_unsafe_index(Tensor self, Tensor?[] indices)", (w, a) =>
    indexed(w, a.tensor("self"), a.optionalTensors("indices")),
  ),
  operator(
    [
      "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False)",
      "_unsafe_index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False)",
      "_index_put_impl(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False, bool unsafe=False)",
    ],
    indexPut,
  ),
  operator("index_select(Tensor self, int dim, Tensor index)", (w, a) => {
    const [x, index] = [a.tensor("self"), a.tensor("index")];
    const list = index.shape.length === 0 ? unsqueeze(w, index, [0]) : index;
    return w.add("Gather", [x, list], { axis: int(axisOf(w, a.number("dim"), x.shape.length)) });
  }),
  operator("masked_select(Tensor self, Tensor mask)", (w, a) => {
    const [x, mask] = [a.tensor("self"), a.tensor("mask")];
    const shape = broadcastSizes(w, [x.shape, mask.shape]);
    return indexed(w, expand(w, x, shape), [expand(w, mask, shape)]);
  }),
  operator(
    "embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False)",
    (w, a) => w.add("Gather", [a.tensor("weight"), a.tensor("indices")], { axis: int(0) }),
  ),
  operator("gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False)", gather),
  operator(
    [
      "scatter.src(Tensor self, int dim, Tensor index, Tensor src)",
      "scatter.value(Tensor self, int dim, Tensor index, Scalar value)",
    ],
    (w, a) => scatter(w, a, false),
  ),
  operator("scatter_add(Tensor self, int dim, Tensor index, Tensor src)", (w, a) => scatter(w, a, true)),
  operator("take_along_dim(Tensor self, Tensor indices, int dim)", takeAlong),
  operator("tril(Tensor self, int diagonal=0)", (w, a) => triangle(w, a, 0)),
  operator("triu(Tensor self, int diagonal=0)", (w, a) => triangle(w, a, 1)),
  operator("diagonal(Tensor self, int offset=0, int dim1=0, int dim2=1)", diagonal),
  operator("one_hot(Tensor self, int num_classes=-1)", oneHot),
  operator("nonzero(Tensor self)", (w, a) => {
    const x = a.tensor("self");
    if (!x.known) throw w.unsupported("how many elements are not zero depends on the samples");
    return swapped(w, w.add("NonZero", [x]), 0, 1);
  }),
];
