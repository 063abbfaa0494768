import { promoted, where } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** Names that mean the same operator of two operands. */
function two(names: string, compute: (w: OnnxWriter, a: Operand, b: Operand) => Operand): Operator {
  return operator(
    names.split(" ").map((name) => `${name}(Number self, Number other)`),
    (w, a) => compute(w, a.tensor("self"), a.tensor("other")),
  );
}

/** Order of numbers; booleans are 0 and 1. */
const ordered = (names: string, op: string) => two(names, (w, a, b) => w.add(op, promoted(w, [a, b], "int")));

const logical = (names: string, op: string) =>
  two(names, (w, a, b) => w.add(op, [w.cast(a, "bool"), w.cast(b, "bool")]));

/** On booleans as logic, on integers bit by bit. */
const bitwise = (names: string, truth: string, bits: string) =>
  two(names, (w, a, b) => {
    const operands = promoted(w, [a, b]);
    return w.add(operands[0]!.dtype === "bool" ? truth : bits, operands);
  });

const equal = (w: OnnxWriter, a: Operand, b: Operand) => w.add("Equal", promoted(w, [a, b]));

/** Comparisons, logic, and choices by them. */
export const comparisonOperators: readonly Operator[] = [
  two("eq", equal),
  two("ne not_equal", (w, a, b) => w.add("Not", [equal(w, a, b)])),
  ordered("lt less", "Less"),
  ordered("le less_equal", "LessOrEqual"),
  ordered("gt greater", "Greater"),
  ordered("ge greater_equal", "GreaterOrEqual"),
  logical("logical_and", "And"),
  logical("logical_or", "Or"),
  logical("logical_xor", "Xor"),
  operator("logical_not(Tensor self)", (w, a) => w.add("Not", [w.cast(a.tensor("self"), "bool")])),
  bitwise("bitwise_and __and__", "And", "BitwiseAnd"),
  bitwise("bitwise_or __or__", "Or", "BitwiseOr"),
  bitwise("bitwise_xor __xor__", "Xor", "BitwiseXor"),
  operator("bitwise_not(Tensor self)", (w, a) => {
    const x = a.tensor("self");
    return x.dtype === "bool" ? w.add("Not", [x]) : w.add("Sub", [w.ints(-1), x]);
  }),
  operator("isnan(Tensor self)", (w, a) => w.add("IsNaN", [w.cast(a.tensor("self"), "float")])),
  operator("isinf(Tensor self)", (w, a) => w.add("IsInf", [w.cast(a.tensor("self"), "float")])),
  operator("isfinite(Tensor self)", (w, a) => {
    const x = w.cast(a.tensor("self"), "float");
    return w.add("Not", [w.add("Or", [w.add("IsNaN", [x]), w.add("IsInf", [x])])]);
  }),
  operator("where(Tensor condition, Number self, Number other)", (w, a) =>
    where(w, a.tensor("condition"), a.tensor("self"), a.tensor("other")),
  ),
  operator("masked_fill(Tensor self, Tensor mask, Number value)", (w, a) => {
    const x = a.tensor("self");
    return where(w, a.tensor("mask"), w.cast(a.tensor("value"), x.dtype), x);
  }),
];
