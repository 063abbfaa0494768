import type { Default, Parameter, Signature } from "./signature.ts";
import { type AtenValue, isBatchSize, isFloat, isList, isTensor } from "./value.ts";

/** Arguments that only say where and how elements are stored, or how they are computed. */
const ignored: ReadonlySet<string> = new Set(
  (
    "device layout pin_memory memory_format non_blocking generator names out cudnn_enabled cudnn_enable benchmark " +
    "deterministic allow_tf32 requires_grad sparse scale_grad_by_freq"
  ).split(" "),
);

/** Arguments by parameter name. */
export type Bound = ReadonlyMap<string, AtenValue>;

/** How far a call may be from a signature. */
interface Tolerance {
  /** Numbers stand for tensors, as exporters write them for overloads such as `add.Tensor`. */
  readonly lenient: boolean;
  /** Storage options stand behind the last parameter. */
  readonly trailing: boolean;
}

const tolerances: readonly Tolerance[] = [
  { lenient: false, trailing: false },
  { lenient: true, trailing: false },
  { lenient: true, trailing: true },
];

/** Binds arguments to the first signature that they fit: by number, by names, and by types. `undefined` where none does. */
export function bind(
  signatures: readonly Signature[],
  args: readonly AtenValue[],
  named: ReadonlyMap<string, AtenValue>,
): Bound | undefined {
  for (const tolerance of tolerances) {
    for (const { parameters } of signatures) {
      const bound = bindTo(parameters, args, named, tolerance);
      if (bound) return bound;
    }
  }
  return undefined;
}

function bindTo(
  parameters: readonly Parameter[],
  args: readonly AtenValue[],
  named: ReadonlyMap<string, AtenValue>,
  { lenient, trailing }: Tolerance,
): Bound | undefined {
  const bound = new Map<string, AtenValue>();
  const positional = parameters.filter((parameter) => !parameter.named);
  for (const [i, value] of args.entries()) {
    const parameter = positional[i];
    if (!parameter) {
      if (trailing && isStorageOption(value)) continue;
      return undefined;
    }
    if (!fits(parameter.type, value, lenient)) return undefined;
    bound.set(parameter.name, value);
  }
  for (const [name, value] of named) {
    const parameter = parameters.find((each) => each.name === name);
    if (!parameter) {
      if (ignored.has(name)) continue;
      return undefined;
    }
    if (bound.has(name) || !fits(parameter.type, value, lenient)) return undefined;
    bound.set(name, value);
  }
  for (const parameter of parameters) {
    if (bound.has(parameter.name)) continue;
    if (parameter.default === undefined) return undefined;
    bound.set(parameter.name, defaultValue(parameter.default, parameter.type));
  }
  return bound;
}

/** Flags, None, and numbers of memory formats: what may stand at the end of an argument list without meaning. */
function isStorageOption(value: AtenValue): boolean {
  return value === null || typeof value === "boolean" || typeof value === "number";
}

function defaultValue(value: Default, type: string): AtenValue {
  return typeof value === "number" && type.startsWith("float") ? { kind: "float", value } : value;
}

function fits(type: string, value: AtenValue, lenient: boolean): boolean {
  if (type.endsWith("?")) return value === null || fits(type.slice(0, -1), value, lenient);
  if (type.endsWith("[]")) {
    const element = type.slice(0, -2);
    if (isList(value)) return value.every((each) => fits(element, each, lenient));
    // `stride=1` for every axis.
    return (element === "int" || element === "float") && fits(element, value, lenient);
  }
  switch (type) {
    case "Tensor":
      return isTensor(value) || (lenient && isNumber(value));
    case "Number":
      return isTensor(value) || isNumber(value);
    case "Scalar":
      return isNumber(value) || (lenient && isTensor(value));
    case "int":
      return (
        (typeof value === "number" && !(Math.abs(value) < 2 ** 53 && !Number.isInteger(value))) ||
        isBatchSize(value) ||
        (lenient && isTensor(value))
      );
    case "float":
      return typeof value === "number" || isFloat(value) || isBatchSize(value);
    case "bool":
      return typeof value === "boolean";
    case "any":
      return true;
    case "str":
      return typeof value === "string";
    default:
      return false;
  }
}

function isNumber(value: AtenValue): boolean {
  return typeof value === "number" || typeof value === "boolean" || isBatchSize(value) || isFloat(value);
}
