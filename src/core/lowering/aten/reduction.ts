import { int } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import { axesOf, axisOf, countOf, reshape, sizeAt } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator, type Result } from "./operator.ts";
import { elementKind } from "./types.ts";
import type { OnnxWriter } from "./writer.ts";

/** Reduces over axes, all of them where none are given. */
export function reduce(w: OnnxWriter, op: string, x: Operand, axes: readonly number[], keep: boolean): Operand {
  // A scalar has nothing to reduce.
  if (x.shape.length === 0) return x;
  return w.add(op, [x, w.ints(axesOf(w, axes, x.shape.length))], { keepdims: int(keep ? 1 : 0) });
}

function axesGiven(a: Arguments): number[] {
  return a.given("dim") ? a.numbers("dim") : [];
}

/** The operand as the type that the call asks for; `otherwise` where it asks for none. */
function typed(w: OnnxWriter, a: Arguments, otherwise: (x: Operand) => Operand): Operand {
  const x = a.tensor("self");
  return a.given("dtype") ? w.cast(x, elementKind(w, a.number("dtype"))) : otherwise(x);
}

const atLeastInt = (w: OnnxWriter) => (x: Operand) => (x.dtype === "bool" ? w.cast(x, "int") : x);

function reduceTyped(w: OnnxWriter, a: Arguments, op: string, otherwise: (x: Operand) => Operand): Operand {
  return reduce(w, op, typed(w, a, otherwise), axesGiven(a), a.flag("keepdim"));
}

/** The largest or smallest: of all elements, of two tensors, or along an axis with its places. */
function extreme(w: OnnxWriter, a: Arguments, kind: "Max" | "Min"): Result {
  const given = a.tensor("self");
  if (a.given("other")) return w.add(kind, [given, w.cast(a.tensor("other"), given.dtype)]);
  const x = atLeastInt(w)(given);
  if (!a.given("dim")) return w.cast(reduce(w, `Reduce${kind}`, x, [], false), given.dtype);
  const axis = a.number("dim");
  const keep = a.flag("keepdim");
  return [w.cast(reduce(w, `Reduce${kind}`, x, [axis], keep), given.dtype), place(w, `Arg${kind}`, x, axis, keep)];
}

function place(w: OnnxWriter, op: string, x: Operand, dim: number, keep: boolean): Operand {
  if (x.shape.length === 0) return w.ints(0);
  return w.add(op, [x], { axis: int(axisOf(w, dim, x.shape.length)), keepdims: int(keep ? 1 : 0) });
}

function argument(w: OnnxWriter, a: Arguments, op: string): Operand {
  const x = atLeastInt(w)(a.tensor("self"));
  if (a.given("dim")) return place(w, op, x, a.number("dim"), a.flag("keepdim"));
  return place(w, op, reshape(w, x, [-1]), 0, false);
}

/** Whether any, or every, element is true. */
function truth(w: OnnxWriter, a: Arguments, op: string): Operand {
  const x = w.cast(w.cast(a.tensor("self"), "bool"), "int");
  return w.cast(reduce(w, op, x, axesGiven(a), a.flag("keepdim")), "bool");
}

/** Mean and variance with `count - correction` in the denominator; `unbiased` is a correction of 1, and the default. */
function moments(w: OnnxWriter, a: Arguments): { mean: Operand; variance: Operand } {
  const x = a.tensor("self");
  const axes = axesOf(w, axesGiven(a), x.shape.length);
  const keep = a.flag("keepdim");
  const centred = w.add("Sub", [x, reduce(w, "ReduceMean", x, axes, true)]);
  const biased = reduce(w, "ReduceMean", w.add("Mul", [centred, centred]), axes, keep);
  const mean = reduce(w, "ReduceMean", x, axes, keep);
  const correction = a.given("correction")
    ? a.number("correction")
    : a.given("unbiased") && !a.flag("unbiased")
      ? 0
      : 1;
  if (correction === 0) return { mean, variance: biased };
  const count = countOf(
    w,
    axes.map((axis) => sizeAt(w, x, axis)),
  ) as number;
  return { mean, variance: w.add("Mul", [biased, w.scalar(count / (count - correction))]) };
}

function norm(w: OnnxWriter, a: Arguments, order: number): Operand {
  const x = w.cast(a.tensor("self"), "float");
  const by = (op: string, operand: Operand) => reduce(w, op, operand, axesGiven(a), a.flag("keepdim"));
  const size = () => w.add("Abs", [x]);
  switch (order) {
    case 0:
      return by("ReduceSum", w.cast(w.cast(x, "bool"), "float"));
    case 1:
      return by("ReduceL1", x);
    case 2:
      return by("ReduceL2", x);
    case Infinity:
      return by("ReduceMax", size());
    case -Infinity:
      return by("ReduceMin", size());
    default:
      return w.add("Pow", [by("ReduceSum", w.add("Pow", [size(), w.scalar(order)])), w.scalar(1 / order)]);
  }
}

/** The first `count` in order, and where they were. */
function top(w: OnnxWriter, a: Arguments, count: (length: number) => number, descending: boolean): readonly Operand[] {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const attributes = { axis: int(axis), largest: int(descending ? 1 : 0), sorted: int(1) };
  return w.addAll("TopK", [x, w.ints([count(sizeAt(w, x, axis))])], attributes, 2);
}

const all = (length: number) => length;
const spread = (name: string) => [
  `${name}.correction(Tensor self, int[]? dim=None, *, Scalar? correction=None, bool keepdim=False)`,
  `${name}.dim(Tensor self, int[]? dim, bool unbiased=True, bool keepdim=False)`,
  `${name}(Tensor self, bool unbiased=True)`,
];

/** Sums, means, extremes, norms, and order. */
export const reductionOperators: readonly Operator[] = [
  operator(
    [
      "mean.dim(Tensor self, int[]? dim, bool keepdim=False, *, int? dtype=None)",
      "mean(Tensor self, *, int? dtype=None)",
    ],
    (w, a) => reduceTyped(w, a, "ReduceMean", (x) => w.cast(x, "float")),
  ),
  operator(
    [
      "sum.dim_IntList(Tensor self, int[]? dim, bool keepdim=False, *, int? dtype=None)",
      "sum(Tensor self, *, int? dtype=None)",
    ],
    (w, a) => reduceTyped(w, a, "ReduceSum", atLeastInt(w)),
  ),
  operator(
    [
      "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, int? dtype=None)",
      "prod(Tensor self, *, int? dtype=None)",
    ],
    (w, a) => reduceTyped(w, a, "ReduceProd", atLeastInt(w)),
  ),
  operator("amax(Tensor self, int[] dim=[], bool keepdim=False)", (w, a) => reduceTyped(w, a, "ReduceMax", (x) => x)),
  operator("amin(Tensor self, int[] dim=[], bool keepdim=False)", (w, a) => reduceTyped(w, a, "ReduceMin", (x) => x)),
  ...(["Max", "Min"] as const).map((kind) => {
    const name = kind.toLowerCase();
    return operator(
      [
        `${name}.dim(Tensor self, int dim, bool keepdim=False)`,
        `${name}.other(Tensor self, Tensor other)`,
        `${name}(Tensor self)`,
      ],
      (w, a) => extreme(w, a, kind),
    );
  }),
  operator("argmax(Tensor self, int? dim=None, bool keepdim=False)", (w, a) => argument(w, a, "ArgMax")),
  operator("argmin(Tensor self, int? dim=None, bool keepdim=False)", (w, a) => argument(w, a, "ArgMin")),
  operator(["any.dim(Tensor self, int[]? dim, bool keepdim=False)", "any(Tensor self)"], (w, a) =>
    truth(w, a, "ReduceMax"),
  ),
  operator(["all.dim(Tensor self, int[]? dim, bool keepdim=False)", "all(Tensor self)"], (w, a) =>
    truth(w, a, "ReduceMin"),
  ),
  operator(["count_nonzero.dim_IntList(Tensor self, int[] dim)", "count_nonzero(Tensor self, int? dim=None)"], (w, a) =>
    reduce(w, "ReduceSum", w.cast(w.cast(a.tensor("self"), "bool"), "int"), axesGiven(a), false),
  ),
  operator(spread("var"), (w, a) => moments(w, a).variance),
  operator(spread("std"), (w, a) => w.add("Sqrt", [moments(w, a).variance])),
  operator(spread("var_mean"), (w, a) => {
    const { mean, variance } = moments(w, a);
    return [variance, mean];
  }),
  operator(spread("std_mean"), (w, a) => {
    const { mean, variance } = moments(w, a);
    return [w.add("Sqrt", [variance]), mean];
  }),
  operator(
    [
      "norm.ScalarOpt_dim(Tensor self, Scalar? p, int[] dim, bool keepdim=False, *, int? dtype=None)",
      "norm.Scalar(Tensor self, Scalar? p=2)",
    ],
    (w, a) => norm(w, a, a.optionalNumber("p") ?? 2),
  ),
  operator(
    "linalg_vector_norm(Tensor self, Scalar ord=2, int[]? dim=None, bool keepdim=False, *, int? dtype=None)",
    (w, a) => norm(w, a, a.number("ord")),
  ),
  operator("logsumexp(Tensor self, int[] dim, bool keepdim=False)", (w, a) =>
    reduceTyped(w, a, "ReduceLogSumExp", (x) => w.cast(x, "float")),
  ),
  operator("cumsum(Tensor self, int dim, *, int? dtype=None)", (w, a) => {
    const x = typed(w, a, atLeastInt(w));
    return x.shape.length === 0 ? x : w.add("CumSum", [x, w.ints(axisOf(w, a.number("dim"), x.shape.length))]);
  }),
  operator("topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True)", (w, a) =>
    top(w, a, () => a.number("k"), a.flag("largest")),
  ),
  operator(
    [
      "sort(Tensor self, int dim=-1, bool descending=False)",
      "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False)",
    ],
    (w, a) => top(w, a, all, a.flag("descending")),
  ),
  operator(
    [
      "argsort(Tensor self, int dim=-1, bool descending=False)",
      "argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False)",
    ],
    (w, a) => top(w, a, all, a.flag("descending"))[1]!,
  ),
];
