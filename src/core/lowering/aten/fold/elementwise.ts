import { dtypeOfNumber } from "../../../formats/onnx/dtypes.ts";
import { broadcastShape, broadcastTo, type ElementKind, elementsFor, type KnownArray } from "./arrays.ts";
import { type Folding, intAttribute } from "./folding.ts";

/** ONNX `Round` takes halves to the even neighbour. */
function roundHalfToEven(x: number): number {
  const nearest = Math.round(x);
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** An operator of one operand; the result has its type unless another is given. */
function unary(compute: (x: number) => number, dtype?: ElementKind): Folding {
  return ([x]) => x && [{ dtype: dtype ?? x.dtype, shape: x.shape, data: x.data.map(compute) }];
}

/** An operator whose operands broadcast. */
function pointwise(
  operands: readonly (KnownArray | undefined)[],
  dtype: ElementKind,
  compute: (values: readonly number[]) => number,
): KnownArray[] | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  const shape = broadcastShape(known.map((operand) => operand.shape));
  if (!shape || known.length < operands.length) return undefined;
  const data = known.map((operand) => broadcastTo(operand, shape));
  const values = new Array<number>(data.length).fill(0);
  const result = elementsFor(shape).map((_, i) => {
    for (let k = 0; k < data.length; k++) values[k] = data[k]![i]!;
    return compute(values);
  });
  return [{ dtype, shape, data: result }];
}

function binary(compute: (a: number, b: number) => number): Folding {
  return (operands) => pointwise(operands, operands[0]?.dtype ?? "float", ([a = 0, b = 0]) => compute(a, b));
}

function truth(compute: (a: number, b: number) => boolean): Folding {
  return (operands) => pointwise(operands, "bool", ([a = 0, b = 0]) => (compute(a, b) ? 1 : 0));
}

/** On integers of up to 53 bits, by way of 64-bit ones; on booleans likewise. */
function bitwise(compute: (a: bigint, b: bigint) => bigint): Folding {
  const numbers = binary((a, b) => Number(compute(BigInt(a), BigInt(b))));
  return (operands, attributes) =>
    operands.some((operand) => operand?.dtype === "float") ? undefined : numbers(operands, attributes);
}

const divide: Folding = (operands) =>
  operands[0]?.dtype === "int"
    ? pointwise(operands, "int", ([a = 0, b = 0]) => Math.trunc(a / b))
    : binary((a, b) => a / b)(operands, new Map());

const remainder: Folding = (operands, attributes) => {
  const towardsZero = intAttribute(attributes, "fmod", 0) === 1;
  return binary((a, b) => (towardsZero ? a % b : a - b * Math.floor(a / b)))(operands, attributes);
};

const cast: Folding = ([x], attributes) => {
  const dtype = dtypeOfNumber(intAttribute(attributes, "to", 1));
  if (!x) return undefined;
  if (dtype === "float32") return [{ ...x, dtype: "float", data: x.data }];
  if (dtype === "int64") return [{ dtype: "int", shape: x.shape, data: x.data.map(Math.trunc) }];
  return dtype === "bool" ? [{ dtype: "bool", shape: x.shape, data: x.data.map((e) => (e === 0 ? 0 : 1)) }] : undefined;
};

const where: Folding = (operands) =>
  pointwise(operands, operands[1]?.dtype ?? "float", ([condition = 0, a = 0, b = 0]) => (condition === 0 ? b : a));

const clip: Folding = ([x, least, most]) => {
  const [low, high] = [least?.data[0] ?? -Infinity, most?.data[0] ?? Infinity];
  return x && [{ ...x, data: x.data.map((e) => Math.min(Math.max(e, low), high)) }];
};

/** Arithmetic, comparison and logic on each element. */
export const elementwiseFoldings: ReadonlyMap<string, Folding> = new Map<string, Folding>([
  ...(["abs", "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"] as const).map(
    (name): [string, Folding] => [name[0]!.toUpperCase() + name.slice(1), unary(Math[name])],
  ),
  ...(["asinh", "acosh", "atanh", "floor", "ceil", "sign"] as const).map((name): [string, Folding] => [
    name[0]!.toUpperCase() + name.slice(1),
    unary(Math[name]),
  ]),
  ["Identity", unary((x) => x)],
  ["Neg", unary((x) => -x)],
  ["Reciprocal", unary((x) => 1 / x)],
  ["Relu", unary((x) => Math.max(x, 0))],
  ["Round", unary(roundHalfToEven)],
  ["Sigmoid", unary((x) => 1 / (1 + Math.exp(-x)))],
  ["Not", unary((x) => (x === 0 ? 1 : 0))],
  ["IsNaN", unary((x) => (Number.isNaN(x) ? 1 : 0), "bool")],
  ["IsInf", unary((x) => (Math.abs(x) === Infinity ? 1 : 0), "bool")],
  ["Add", binary((a, b) => a + b)],
  ["Sub", binary((a, b) => a - b)],
  ["Mul", binary((a, b) => a * b)],
  ["Div", divide],
  ["Mod", remainder],
  ["Pow", binary((a, b) => a ** b)],
  ["Max", binary(Math.max)],
  ["Min", binary(Math.min)],
  ["And", truth((a, b) => a !== 0 && b !== 0)],
  ["Or", truth((a, b) => a !== 0 || b !== 0)],
  ["Xor", truth((a, b) => a !== b)],
  ["Equal", truth((a, b) => a === b)],
  ["Greater", truth((a, b) => a > b)],
  ["GreaterOrEqual", truth((a, b) => a >= b)],
  ["Less", truth((a, b) => a < b)],
  ["LessOrEqual", truth((a, b) => a <= b)],
  ["BitwiseAnd", bitwise((a, b) => a & b)],
  ["BitwiseOr", bitwise((a, b) => a | b)],
  ["BitwiseXor", bitwise((a, b) => a ^ b)],
  ["Where", where],
  ["Clip", clip],
  ["Cast", cast],
]);
