import { expand } from "./layout.ts";
import { alias, type Operator, operator } from "./operator.ts";
import { elementKind } from "./types.ts";

/** Signatures of `to` and its like: the type that is asked for is `dtype`, or that of `other`. */
const to = [
  "to.dtype_layout(Tensor self, *, int? dtype=None)",
  "to.dtype(Tensor self, int dtype, bool non_blocking=False, bool copy=False)",
  "to.device(Tensor self, str? device, int? dtype=None, bool non_blocking=False, bool copy=False)",
  "to.other(Tensor self, Tensor other, bool non_blocking=False, bool copy=False)",
  "to.prim_other(Tensor self, bool non_blocking=False, bool copy=False)",
];

/** Conversions, copies, and what only concerns storage. */
export const copyOperators: readonly Operator[] = [
  alias(to, (w, a) => {
    const x = a.tensor("self");
    if (a.given("other")) return w.cast(x, a.tensor("other").dtype);
    return a.given("dtype") ? w.cast(x, elementKind(w, a.number("dtype"))) : x;
  }),
  operator("_to_copy(Tensor self, *, int? dtype=None)", (w, a) =>
    a.given("dtype") ? w.cast(a.tensor("self"), elementKind(w, a.number("dtype"))) : a.tensor("self"),
  ),
  alias("type_as(Tensor self, Tensor other)", (w, a) => w.cast(a.tensor("self"), a.tensor("other").dtype)),
  ...(["float", "double", "half", "bfloat16"] as const).map((name) =>
    alias(`${name}(Tensor self)`, (w, a) => w.cast(a.tensor("self"), "float")),
  ),
  ...(["int", "long"] as const).map((name) => alias(`${name}(Tensor self)`, (w, a) => w.cast(a.tensor("self"), "int"))),
  alias("bool(Tensor self)", (w, a) => w.cast(a.tensor("self"), "bool")),
  alias(
    ["contiguous(Tensor self)", "alias(Tensor self)", "detach(Tensor self)", "cpu(Tensor self)", "cuda(Tensor self)"],
    (_, a) => a.tensor("self"),
  ),
  alias(["requires_grad(Tensor self, bool requires_grad=True)", "lift(Tensor self)"], (_, a) => a.tensor("self")),
  operator(
    [
      "clone(Tensor self)",
      "lift_fresh_copy(Tensor self)",
      "lift_fresh(Tensor self)",
      "detach_copy(Tensor self)",
      "alias_copy(Tensor self)",
    ],
    (_, a) => a.tensor("self"),
  ),
  operator("copy(Tensor self, Number src, bool non_blocking=False)", (w, a) => {
    const x = a.tensor("self");
    return expand(w, w.cast(a.tensor("src"), x.dtype), x.shape);
  }),
  operator("fill(Tensor self, Number value)", (w, a) => {
    const x = a.tensor("self");
    return expand(w, w.cast(a.tensor("value"), x.dtype), x.shape);
  }),
  operator("zero(Tensor self)", (w, a) => expand(w, w.scalar(0, a.tensor("self").dtype), a.tensor("self").shape)),
];
