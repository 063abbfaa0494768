import { int } from "../../graph/attributes.ts";
import { promoted, where } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** An operator of two operands that are brought to one kind. */
export function binary(w: OnnxWriter, op: string, a: Operand, b: Operand): Operand {
  return w.add(op, promoted(w, [a, b]));
}

/** Booleans are added and multiplied as truth values. */
function logical(w: OnnxWriter, op: string, truth: string, a: Operand, b: Operand): Operand {
  return w.add(a.dtype === "bool" && b.dtype === "bool" ? truth : op, promoted(w, [a, b]));
}

/** `alpha · other`, where `alpha` is given and is not 1. */
function scaled(w: OnnxWriter, other: Operand, alpha: Operand): Operand {
  return alpha.known?.data[0] === 1 ? other : binary(w, "Mul", other, alpha);
}

function divide(w: OnnxWriter, a: Operand, b: Operand, rounding: string): Operand {
  if (rounding === "") return w.add("Div", promoted(w, [a, b], "float"));
  const [x, y] = promoted(w, [a, b], "int") as [Operand, Operand];
  if (x.dtype === "int") {
    const even = rounding === "floor" ? w.add("Sub", [x, w.add("Mod", [x, y])]) : x;
    return w.add("Div", [even, y]);
  }
  const quotient = w.add("Div", [x, y]);
  return rounding === "floor" ? w.add("Floor", [quotient]) : truncated(w, quotient);
}

/** Towards zero. */
export function truncated(w: OnnxWriter, x: Operand): Operand {
  return x.dtype === "float" ? w.add("Mul", [w.add("Sign", [x]), w.add("Floor", [w.add("Abs", [x])])]) : x;
}

/** The remainder has the sign of the divisor. */
function remainder(w: OnnxWriter, a: Operand, b: Operand): Operand {
  const [x, y] = promoted(w, [a, b], "int") as [Operand, Operand];
  if (x.dtype === "int") return w.add("Mod", [x, y]);
  return w.add("Sub", [x, w.add("Mul", [w.add("Floor", [w.add("Div", [x, y])]), y])]);
}

/** Powers that are common have operators of their own. */
function power(w: OnnxWriter, base: Operand, exponent: Operand): Operand {
  const known = exponent.known?.data.length === 1 ? exponent.known.data[0] : undefined;
  if (known === 2 && base.dtype !== "bool") {
    const x = promoted(w, [base, exponent])[0]!;
    return w.add("Mul", [x, x]);
  }
  if (known === 0.5) return w.add("Sqrt", [w.cast(base, "float")]);
  if (known === -0.5) return w.add("Reciprocal", [w.add("Sqrt", [w.cast(base, "float")])]);
  return w.add("Pow", promoted(w, [base, exponent], "int"));
}

/** `Clip` takes numbers; limits that are tensors are compared. */
function clamp(w: OnnxWriter, x: Operand, least: Operand | undefined, most: Operand | undefined): Operand {
  const limits = [least, most].filter((limit) => limit !== undefined);
  const [value, ...others] = promoted(w, [x, ...limits], "int") as [Operand, ...Operand[]];
  const [low, high] = [least && others[0], most && others.at(-1)];
  if (limits.every(({ shape }) => shape.length === 0)) return w.add("Clip", [value, low, high]);
  const raised = low ? w.add("Max", [value, low]) : value;
  return high ? w.add("Min", [raised, high]) : raised;
}

/** Angle of the vector (x, y), in all four quadrants. */
function atan2(w: OnnxWriter, y: Operand, x: Operand): Operand {
  const [zero, half] = [w.scalar(0), w.scalar(Math.PI)];
  const angle = w.add("Atan", [w.add("Div", [y, x])]);
  const turn = where(w, w.add("Less", [y, zero]), w.scalar(-Math.PI), half);
  const turned = w.add("Add", [angle, where(w, w.add("Less", [x, zero]), turn, zero)]);
  const isOrigin = w.add("And", [w.add("Equal", [x, zero]), w.add("Equal", [y, zero])]);
  return where(w, isOrigin, zero, turned);
}

const largest = 3.4028234663852886e38;

/** Sums, products, powers and limits. */
export const arithmeticOperators: readonly Operator[] = [
  operator("add(Number self, Number other, Scalar alpha=1)", (w, a) =>
    logical(w, "Add", "Or", a.tensor("self"), scaled(w, a.tensor("other"), a.tensor("alpha"))),
  ),
  operator(
    ["sub(Number self, Number other, Scalar alpha=1)", "subtract(Number self, Number other, Scalar alpha=1)"],
    (w, a) => binary(w, "Sub", a.tensor("self"), scaled(w, a.tensor("other"), a.tensor("alpha"))),
  ),
  operator("rsub(Number self, Number other, Scalar alpha=1)", (w, a) =>
    binary(w, "Sub", a.tensor("other"), scaled(w, a.tensor("self"), a.tensor("alpha"))),
  ),
  operator(["mul(Number self, Number other)", "multiply(Number self, Number other)"], (w, a) =>
    logical(w, "Mul", "And", a.tensor("self"), a.tensor("other")),
  ),
  operator(
    [
      "div(Number self, Number other, *, str? rounding_mode=None)",
      "divide(Number self, Number other, *, str? rounding_mode=None)",
      "true_divide(Number self, Number other)",
    ],
    (w, a) => divide(w, a.tensor("self"), a.tensor("other"), a.text("rounding_mode")),
  ),
  operator("floor_divide(Number self, Number other)", (w, a) =>
    divide(w, a.tensor("self"), a.tensor("other"), "floor"),
  ),
  operator("remainder(Number self, Number other)", (w, a) => remainder(w, a.tensor("self"), a.tensor("other"))),
  operator("fmod(Number self, Number other)", (w, a) =>
    w.add("Mod", promoted(w, [a.tensor("self"), a.tensor("other")]), { fmod: int(1) }),
  ),
  operator(["pow(Number self, Number exponent)", "float_power(Number self, Number exponent)"], (w, a) =>
    power(w, a.tensor("self"), a.tensor("exponent")),
  ),
  operator("square(Tensor self)", (w, a) => w.add("Mul", [a.tensor("self"), a.tensor("self")])),
  operator(["maximum(Tensor self, Tensor other)", "fmax(Tensor self, Tensor other)"], (w, a) =>
    binary(w, "Max", a.tensor("self"), a.tensor("other")),
  ),
  operator(["minimum(Tensor self, Tensor other)", "fmin(Tensor self, Tensor other)"], (w, a) =>
    binary(w, "Min", a.tensor("self"), a.tensor("other")),
  ),
  operator(
    ["clamp(Tensor self, Number? min=None, Number? max=None)", "clip(Tensor self, Number? min=None, Number? max=None)"],
    (w, a) => clamp(w, a.tensor("self"), a.optionalTensor("min"), a.optionalTensor("max")),
  ),
  operator("clamp_min(Tensor self, Number min)", (w, a) => clamp(w, a.tensor("self"), a.tensor("min"), undefined)),
  operator("clamp_max(Tensor self, Number max)", (w, a) => clamp(w, a.tensor("self"), undefined, a.tensor("max"))),
  operator("addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)", (w, a) => {
    const product = binary(w, "Mul", a.tensor("tensor1"), a.tensor("tensor2"));
    return binary(w, "Add", a.tensor("self"), scaled(w, product, a.tensor("value")));
  }),
  operator("addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)", (w, a) => {
    const quotient = divide(w, a.tensor("tensor1"), a.tensor("tensor2"), "");
    return binary(w, "Add", a.tensor("self"), scaled(w, quotient, a.tensor("value")));
  }),
  operator("lerp(Tensor self, Tensor end, Number weight)", (w, a) => {
    const start = a.tensor("self");
    const way = w.add("Sub", [a.tensor("end"), start]);
    return w.add("Add", [start, binary(w, "Mul", way, a.tensor("weight"))]);
  }),
  operator("atan2(Tensor self, Tensor other)", (w, a) =>
    atan2(w, w.cast(a.tensor("self"), "float"), w.cast(a.tensor("other"), "float")),
  ),
  operator("nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None)", (w, a) => {
    const x = a.tensor("self");
    if (x.dtype !== "float") return x;
    const isInfinite = w.add("IsInf", [x]);
    const [most, least] = [a.optionalNumber("posinf") ?? largest, a.optionalNumber("neginf") ?? -largest];
    const limit = where(w, w.add("Greater", [x, w.scalar(0)]), w.scalar(most), w.scalar(least));
    const finite = where(w, isInfinite, limit, x);
    return where(w, w.add("IsNaN", [x]), w.scalar(a.optionalNumber("nan") ?? 0), finite);
  }),
];
