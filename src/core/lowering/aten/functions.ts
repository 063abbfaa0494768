import { truncated } from "./arithmetic.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** A function of floating-point numbers; others are made such first. */
function ofFloats(name: string, compute: (w: OnnxWriter, x: Operand) => Operand): Operator {
  return operator(`${name}(Tensor self)`, (w, a) => compute(w, w.cast(a.tensor("self"), "float")));
}

const named = (name: string, op: string) => ofFloats(name, (w, x) => w.add(op, [x]));

/** A function that leaves integers integers. */
const keeping = (name: string, op: string) => operator(`${name}(Tensor self)`, (w, a) => w.add(op, [a.tensor("self")]));

/** A rounding: integers are round. */
const rounding = (name: string, op: string) =>
  operator(`${name}(Tensor self)`, (w, a) =>
    a.tensor("self").dtype === "float" ? w.add(op, [a.tensor("self")]) : a.tensor("self"),
  );

/** Functions of one tensor, element by element. */
export const functionOperators: readonly Operator[] = [
  ..."exp:Exp log:Log sqrt:Sqrt sin:Sin cos:Cos tan:Tan asin:Asin acos:Acos atan:Atan sinh:Sinh cosh:Cosh asinh:Asinh"
    .split(" ")
    .map((pair) => named(...(pair.split(":") as [string, string]))),
  ..."acosh:Acosh atanh:Atanh erf:Erf reciprocal:Reciprocal sigmoid:Sigmoid tanh:Tanh special_erf:Erf special_expit:Sigmoid"
    .split(" ")
    .map((pair) => named(...(pair.split(":") as [string, string]))),
  ofFloats("rsqrt", (w, x) => w.add("Reciprocal", [w.add("Sqrt", [x])])),
  ofFloats("log2", (w, x) => w.add("Mul", [w.add("Log", [x]), w.scalar(Math.LOG2E)])),
  ofFloats("log10", (w, x) => w.add("Mul", [w.add("Log", [x]), w.scalar(Math.LOG10E)])),
  ofFloats("log1p", (w, x) => w.add("Log", [w.add("Add", [x, w.scalar(1)])])),
  ofFloats("exp2", (w, x) => w.add("Exp", [w.add("Mul", [x, w.scalar(Math.LN2)])])),
  ofFloats("expm1", (w, x) => w.add("Sub", [w.add("Exp", [x]), w.scalar(1)])),
  ofFloats("erfc", (w, x) => w.add("Sub", [w.scalar(1), w.add("Erf", [x])])),
  keeping("abs", "Abs"),
  keeping("neg", "Neg"),
  keeping("sign", "Sign"),
  rounding("floor", "Floor"),
  rounding("ceil", "Ceil"),
  operator("round(Tensor self, *, int decimals=0)", (w, a) => {
    const [x, digits] = [a.tensor("self"), a.number("decimals")];
    if (x.dtype !== "float") return x;
    if (digits === 0) return w.add("Round", [x]);
    const scale = w.scalar(10 ** digits);
    return w.add("Div", [w.add("Round", [w.add("Mul", [x, scale])]), scale]);
  }),
  operator(["trunc(Tensor self)", "fix(Tensor self)"], (w, a) => truncated(w, a.tensor("self"))),
  operator("frac(Tensor self)", (w, a) => w.add("Sub", [a.tensor("self"), truncated(w, a.tensor("self"))])),
  operator("logit(Tensor self, float? eps=None)", (w, a) => {
    const eps = a.optionalNumber("eps");
    const given = w.cast(a.tensor("self"), "float");
    const x = eps === undefined ? given : w.add("Clip", [given, w.scalar(eps), w.scalar(1 - eps)]);
    return w.add("Log", [w.add("Div", [x, w.add("Sub", [w.scalar(1), x])])]);
  }),
];
