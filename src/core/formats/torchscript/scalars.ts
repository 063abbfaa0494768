import {
  type AtenSize,
  addSizes,
  divideSizes,
  equalSizes,
  factorOf,
  isBatchSize,
  multiplySizes,
  offsetOf,
  type Size,
  writeSize,
} from "../../lowering/aten/value.ts";
import { Float, Unknown, type Value } from "./values.ts";

/** Numbers and truth values. */
export type Scalar = number | boolean | Float | AtenSize | Unknown;

export function isScalar(value: Value | undefined): value is Scalar {
  return (
    typeof value === "number" ||
    typeof value === "boolean" ||
    value instanceof Float ||
    value instanceof Unknown ||
    isSize(value)
  );
}

function isSize(value: Value | undefined): value is AtenSize {
  return typeof value === "object" && value !== null && "kind" in value && isBatchSize(value);
}

/**
 * Computes an operator on numbers, as Python and ATen's scalar variants do; `undefined` where it is none.
 * Sizes that grow with the samples are computed with as far as that is exact; where it is not, the result is unknown.
 * @param rounding of a division: `floor`, `trunc`
 */
export function computeScalar(operator: string, args: readonly Scalar[], rounding?: string): Scalar | undefined {
  const [a, b] = args;
  if (a === undefined) return undefined;
  const isComputed = args.length === 1 ? unary.has(operator) : binary.has(operator) || sizeRules.has(operator);
  if (!isComputed || args.length > 2) return undefined;
  if (b === undefined) return computeUnary(operator, a);
  if (operator === "__and__" && (a === false || b === false)) return false;
  if (operator === "__or__" && (a === true || b === true)) return true;
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (isSize(a) || isSize(b)) return withSizes(operator, a, b);
  const result = (rounding === undefined ? binary.get(operator) : divisions.get(rounding))?.(number(a), number(b));
  if (typeof result !== "number") return result;
  const isInteger = operator === "div" ? rounding !== undefined : operator !== "pow" || number(b) >= 0;
  const isBoolean = typeof a === "boolean" && typeof b === "boolean" && bitwise.has(operator);
  if (isBoolean) return result !== 0;
  return isInteger && !(a instanceof Float) && !(b instanceof Float) ? result : new Float(result);
}

function computeUnary(operator: string, a: Scalar): Scalar | undefined {
  if (a instanceof Unknown) return a;
  if (isSize(a)) return operator === "neg" ? (multiplySizes(a, -1) ?? unknown(operator, a)) : unaryOfSize(operator, a);
  const result = unary.get(operator)?.(number(a));
  if (typeof result !== "number") return result;
  return a instanceof Float
    ? integers.has(operator)
      ? result
      : new Float(result)
    : floats.has(operator)
      ? new Float(result)
      : result;
}

function unaryOfSize(operator: string, a: AtenSize): Scalar {
  if (["abs", "Int", "floor", "ceil", "ScalarImplicit", "IntImplicit"].includes(operator)) return a;
  return operator === "Bool" ? true : operator === "__not__" ? false : unknown(operator, a);
}

function withSizes(operator: string, a: Scalar, b: Scalar): Scalar {
  const rule = sizeRules.get(operator);
  const [x, y] = [integer(a), integer(b)];
  const result = x === undefined || y === undefined ? undefined : rule?.(x, y);
  return result ?? unknown(operator, isSize(a) ? a : (b as AtenSize));
}

function integer(a: Scalar): Size | undefined {
  return isSize(a) || typeof a === "number" ? a : undefined;
}

function unknown(operator: string, a: AtenSize): Unknown {
  return new Unknown(`${operator} of ${writeSize(a)}`);
}

/** The number that a scalar stands for. */
export function number(a: number | boolean | Float | AtenSize | Unknown): number {
  return a instanceof Float ? a.value : typeof a === "object" ? Number.NaN : Number(a);
}

/** Python's remainder: of the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

type Binary = (a: number, b: number) => number | boolean;

const binary: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ["add", (a, b) => a + b],
  ["sub", (a, b) => a - b],
  ["rsub", (a, b) => b - a],
  ["mul", (a, b) => a * b],
  ["div", (a, b) => a / b],
  ["floordiv", (a, b) => Math.floor(a / b)],
  ["floor_divide", (a, b) => Math.floor(a / b)],
  ["__round_to_zero_floordiv", (a, b) => Math.trunc(a / b)],
  ["remainder", modulo],
  ["fmod", (a, b) => a % b],
  ["pow", (a, b) => a ** b],
  ["max", Math.max],
  ["min", Math.min],
  ["eq", (a, b) => a === b],
  ["ne", (a, b) => a !== b],
  ["lt", (a, b) => a < b],
  ["le", (a, b) => a <= b],
  ["gt", (a, b) => a > b],
  ["ge", (a, b) => a >= b],
  ["__is__", (a, b) => a === b],
  ["__isnot__", (a, b) => a !== b],
  ["__and__", (a, b) => a & b],
  ["__or__", (a, b) => a | b],
  ["__xor__", (a, b) => a ^ b],
]);
const bitwise = new Set(["__and__", "__or__", "__xor__"]);
const divisions: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ["floor", (a, b) => Math.floor(a / b)],
  ["trunc", (a, b) => Math.trunc(a / b)],
]);

/** PyTorch rounds halves to even. */
function round(a: number): number {
  const below = Math.floor(a);
  return a - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(a);
}

type Unary = (a: number) => number | boolean;

const unary: ReadonlyMap<string, Unary> = new Map<string, Unary>([
  ["neg", (a) => -a],
  ["abs", Math.abs],
  ["sqrt", Math.sqrt],
  ["exp", Math.exp],
  ["log", Math.log],
  ["floor", Math.floor],
  ["ceil", Math.ceil],
  ["round", round],
  ["__not__", (a) => a === 0],
  ["Int", Math.trunc],
  ["IntImplicit", Math.trunc],
  ["Float", (a) => a],
  ["FloatImplicit", (a) => a],
  ["Bool", (a) => a !== 0],
  ["ScalarImplicit", (a) => a],
]);
/** Whose result is an integer for a floating-point number, too. */
const integers = new Set(["floor", "ceil", "Int", "IntImplicit"]);
/** Whose result is a floating-point number for an integer, too. */
const floats = new Set(["sqrt", "exp", "log", "Float", "FloatImplicit"]);

type SizeRule = (a: Size, b: Size) => Size | boolean | undefined;

const floor: SizeRule = divideSizes;
const remainder = (a: Size, b: Size): Size | undefined =>
  typeof b === "number" && b !== 0 && factorOf(a) % b === 0 ? modulo(offsetOf(a), b) : undefined;
const subtract = (a: Size, b: Size): Size => addSizes(a, multiplySizes(b, -1) ?? 0);

/** Whether `a > b` for any number of samples, 1 or more; `undefined` where it depends on the number. */
function isGreater(a: Size, b: Size): boolean | undefined {
  const difference = subtract(a, b);
  const [factor, atOne] = [factorOf(difference), factorOf(difference) + offsetOf(difference)];
  if (factor >= 0 && atOne > 0) return true;
  return factor <= 0 && atOne <= 0 ? false : undefined;
}

function negated(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

/** Whether two sizes are equal; `undefined` where that depends on the number of samples. */
function isEqual(a: Size, b: Size): boolean | undefined {
  if (equalSizes(a, b)) return true;
  return isGreater(a, b) !== undefined && isGreater(b, a) !== undefined ? false : undefined;
}

const sizeRules: ReadonlyMap<string, SizeRule> = new Map<string, SizeRule>([
  ["add", addSizes],
  ["sub", subtract],
  ["rsub", (a, b) => subtract(b, a)],
  ["mul", multiplySizes],
  ["floordiv", floor],
  ["floor_divide", floor],
  ["__round_to_zero_floordiv", floor],
  ["div", (a, b) => (remainder(a, b) === 0 ? floor(a, b) : undefined)],
  ["remainder", remainder],
  ["max", (a, b) => choose(isGreater(a, b), a, b)],
  ["min", (a, b) => choose(isGreater(a, b), b, a)],
  ["eq", isEqual],
  ["ne", (a, b) => negated(isEqual(a, b))],
  ["gt", isGreater],
  ["lt", (a, b) => isGreater(b, a)],
  ["le", (a, b) => negated(isGreater(a, b))],
  ["ge", (a, b) => negated(isGreater(b, a))],
]);

function choose(first: boolean | undefined, a: Size, b: Size): Size | undefined {
  return first === undefined ? undefined : first ? a : b;
}
