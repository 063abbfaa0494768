import type { Arguments } from "./arguments.ts";
import type { ElementKind } from "./fold/arrays.ts";
import { expand, reshape, stacked } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import { elementKind } from "./types.ts";
import { type AtenValue, isList, type Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

function kindGiven(w: OnnxWriter, a: Arguments, otherwise: ElementKind): ElementKind {
  return a.given("dtype") ? elementKind(w, a.number("dtype")) : otherwise;
}

function filled(w: OnnxWriter, shape: readonly Size[], value: Operand, kind: ElementKind): Operand {
  return expand(w, w.cast(value, kind), shape);
}

/** Of a given size: the value given, or the one that the name says. */
function creation(name: string, value: number | undefined): Operator {
  const fill = value === undefined ? ", Number fill_value" : "";
  return operator(`${name}(int[] size${fill}, *, int? dtype=None)`, (w, a) => {
    const element = value === undefined ? a.tensor("fill_value") : w.scalar(value, "int");
    return filled(w, a.sizes("size"), element, kindGiven(w, a, value === undefined ? element.dtype : "float"));
  });
}

/** Of the size and type of another tensor, or (`new_`) of its type only. */
function creationLike(signature: string, value: number | undefined): Operator {
  return operator(`${signature}, *, int? dtype=None)`, (w, a) => {
    const like = a.tensor("self");
    const element = value === undefined ? a.tensor("fill_value") : w.scalar(value, "int");
    return filled(w, a.given("size") ? a.sizes("size") : like.shape, element, kindGiven(w, a, like.dtype));
  });
}

/** Numbers from `start` up to, but not with, `end`; integers where all are. */
function range(w: OnnxWriter, a: Arguments): Operand {
  const given = ["start", "end", "step"].filter((name) => a.given(name));
  const isFloat = given.some((name) => a.isFloat(name));
  const kind = kindGiven(w, a, isFloat ? "float" : "int");
  // Integers are counted as such even where floats are asked for: the count is exact.
  const counted = isFloat ? "float" : "int";
  const at = (name: string, otherwise: number) => w.cast(a.given(name) ? a.tensor(name) : w.ints(otherwise), counted);
  return w.cast(w.add("Range", [at("start", 0), at("end", 0), at("step", 1)]), kind);
}

function linspace(w: OnnxWriter, a: Arguments): Operand {
  const [start, end, steps] = [a.number("start"), a.number("end"), a.number("steps")];
  const step = (end - start) / Math.max(1, steps - 1);
  return w.table([steps], "float", (i) => (i < steps / 2 ? start + i * step : end - (steps - 1 - i) * step));
}

function identity(w: OnnxWriter, a: Arguments): Operand {
  const rows = a.number("n");
  const columns = a.optionalNumber("m") ?? rows;
  return w.table([rows, columns], kindGiven(w, a, "float"), (i) => (Math.floor(i / columns) === i % columns ? 1 : 0));
}

/** Coordinates of a grid: one tensor for each axis. `xy` exchanges the first two axes. */
function meshgrid(w: OnnxWriter, a: Arguments): Operand[] {
  const axes = a.tensors("tensors");
  const order = [...axes.keys()];
  if (a.text("indexing") === "xy" && axes.length > 1) order.splice(0, 2, 1, 0);
  const shape = order.map((i) => axes[i]!.shape[0] ?? 1);
  return axes.map((axis, i) => {
    const place = order.indexOf(i);
    return expand(
      w,
      reshape(
        w,
        axis,
        shape.map((size, k) => (k === place ? size : 1)),
      ),
      shape,
    );
  });
}

/** Nested lists of numbers as a tensor. */
function nested(w: OnnxWriter, a: Arguments, value: AtenValue, depth = 0): Operand {
  if (!isList(value)) return a.operand("data", value);
  if (depth > 8) throw w.unsupported("lists are nested too deep");
  if (value.length === 0) return w.table([0], "float", () => 0);
  return stacked(
    w,
    value.map((each) => nested(w, a, each, depth + 1)),
  );
}

/** Tensors out of nothing. Random ones are refused: two runs would differ. */
export const creationOperators: readonly Operator[] = [
  creation("zeros", 0),
  creation("ones", 1),
  creation("full", undefined),
  creation("empty", 0),
  creationLike("zeros_like(Tensor self", 0),
  creationLike("ones_like(Tensor self", 1),
  creationLike("empty_like(Tensor self", 0),
  creationLike("full_like(Tensor self, Number fill_value", undefined),
  creationLike("new_zeros(Tensor self, int[] size", 0),
  creationLike("new_ones(Tensor self, int[] size", 1),
  creationLike("new_empty(Tensor self, int[] size", 0),
  creationLike("new_full(Tensor self, int[] size, Number fill_value", undefined),
  operator("empty_strided(int[] size, int[] stride, *, int? dtype=None)", (w, a) =>
    filled(w, a.sizes("size"), w.ints(0), kindGiven(w, a, "float")),
  ),
  operator(["empty_permuted(int[] size, int[] physical_layout, *, int? dtype=None)"], (w, a) =>
    filled(w, a.sizes("size"), w.ints(0), kindGiven(w, a, "float")),
  ),
  operator(
    [
      "arange(Scalar end, *, int? dtype=None)",
      "arange.start(Scalar start, Scalar end, *, int? dtype=None)",
      "arange.start_step(Scalar start, Scalar end, Scalar step=1, *, int? dtype=None)",
    ],
    range,
  ),
  operator("linspace(Scalar start, Scalar end, int steps=100, *, int? dtype=None)", linspace),
  operator(["eye(int n, *, int? dtype=None)", "eye.m(int n, int m, *, int? dtype=None)"], identity),
  operator("scalar_tensor(Number s, *, int? dtype=None)", (w, a) => w.cast(a.tensor("s"), kindGiven(w, a, "float"))),
  operator("tensor(any data, *, int? dtype=None)", (w, a) => {
    const x = nested(w, a, a.raw("data"));
    return w.cast(x, kindGiven(w, a, x.dtype));
  }),
  operator(["meshgrid(Tensor[] tensors)", "meshgrid.indexing(Tensor[] tensors, *, str indexing)"], meshgrid),
];
