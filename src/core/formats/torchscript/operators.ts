import { Failure } from "../../failure.ts";
import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { computeContainer } from "./containers.ts";
import { asKey, type Budget, write } from "./elements.ts";
import { encoderLayerOperator, lowerEncoderLayer } from "./encoderLayer.ts";
import { computeScalar, isScalar, type Scalar } from "./scalars.ts";
import { asScalar, castScalar, fromAten, inspectTensor, isTensorValue, tensorOfNumbers, toAten } from "./tensors.ts";
import { Dict, Float, type Key, List, Unknown, type Value } from "./values.ts";

/** Steps that a node of the graph counts for. */
const nodeCost = 250;
/** `c10::ScalarType::Float` */
const float32 = 6;

/** Operators of `torch` and `ops.prim`: what is known is computed, everything else is lowered. */
export class Operators {
  readonly #lowering: AtenLowering;
  readonly #budget: Budget;

  constructor(lowering: AtenLowering, budget: Budget) {
    this.#lowering = lowering;
    this.#budget = budget;
  }

  /** @param operator its name without a module and without an overload: `add`, `conv2d`, `NumToTensor` */
  call(operator: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const [first = null] = args;
    const special = this.#special(operator, args, named);
    if (special !== undefined) return special;
    if (isTensorValue(first)) {
      const known = inspectTensor(operator, first, args, this.#lowering);
      if (known !== undefined) return known;
    }
    return (
      computeContainer(operator, args, this.#budget) ??
      this.#scalar(operator, args, named) ??
      this.#lower(operator, args, named)
    );
  }

  /** A dictionary of pairs. */
  dict(pairs: readonly (readonly [Value, Value])[]): Dict {
    const entries = new Map<Key, Value>();
    for (const [key, value] of pairs) {
      const known = asKey(key);
      if (known === undefined) throw new Failure("torchscript/unsupported", `A dictionary has the key ${write(key)}.`);
      entries.set(known, value);
    }
    return new Dict(entries);
  }

  #special(operator: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value | undefined {
    const [first = null, second = null] = args;
    switch (operator) {
      case "__is__":
        return identical(first, second);
      case "__isnot__": {
        const same = identical(first, second);
        return same instanceof Unknown ? same : !same;
      }
      case "NumToTensor":
      case "unchecked_unwrap_optional":
      case "data":
        return first;
      case "is_grad_enabled":
        return true;
      case "is_autocast_enabled":
      case "is_scripting":
        return false;
      case "warn":
      case "grad":
        return null;
      case "str":
        return write(first);
      case "device":
        return isTensorValue(first) ? undefined : first;
      case "tensor":
      case "as_tensor": {
        if (isTensorValue(first)) return this.#lower("to", [first, named.get("dtype") ?? second], new Map());
        return this.#lowering.constant(tensorOfNumbers(first, named.get("dtype") ?? second));
      }
      case "dict":
        return args.length === 0 ? new Dict(new Map()) : undefined;
      case "rangelist":
        return this.#range(first);
      case "__range_length":
        return rangeLength(args);
      case "__derive_index":
        return deriveIndex(args);
    }
    if (identities.has(operator) && isScalar(first)) return first;
    if (operator === "to" && isScalar(first)) {
      return castScalar(first, named.get("dtype") ?? args.slice(1).find((value) => typeof value === "number"));
    }
    return undefined;
  }

  #range(count: Value): Value | undefined {
    if (typeof count !== "number") return undefined;
    this.#budget.spend(Math.max(count, 0));
    return new List(Array.from({ length: Math.max(count, 0) }, (_, i) => i));
  }

  /** Arithmetic on numbers. Traced code keeps sizes in tensors without axes, which count as numbers beside one. */
  #scalar(operator: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value | undefined {
    if (!args.some(isScalar)) return undefined;
    const scalars: Scalar[] = [];
    for (const argument of args) {
      const scalar = asScalar(argument, this.#lowering);
      if (!isScalar(scalar)) return undefined;
      scalars.push(scalar);
    }
    const rounding = named.get("rounding_mode");
    const [a, b] = scalars;
    const alpha = named.get("alpha");
    if (a !== undefined && b !== undefined && isScalar(alpha)) {
      const scaled = computeScalar("mul", [b, alpha]);
      return scaled && computeScalar(operator, [a, scaled]);
    }
    return computeScalar(operator, scalars, typeof rounding === "string" ? rounding : undefined);
  }

  #lower(operator: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    this.#budget.spend(nodeCost);
    const typed = new Map(named);
    if (makesFloats(operator, args) && (named.get("dtype") ?? null) === null) typed.set("dtype", float32);
    const given = factories.has(operator) ? args : this.#withTensorFirst(args);
    const values = given.map((value) => toAten(value));
    if (operator === encoderLayerOperator) return lowerEncoderLayer(this.#lowering, values);
    const result = this.#lowering.call(
      operator,
      values,
      new Map(Array.from(typed, ([name, value]) => [name, toAten(value)])),
    );
    return fromAten(result);
  }

  /** Numbers that stand for tensors without axes become tensors again where an operator begins with one. */
  #withTensorFirst(args: readonly Value[]): readonly Value[] {
    const [first, ...rest] = args;
    if (first instanceof List && first.items.some(isTensorValue)) {
      return [new List(first.items.map((item) => this.#asTensor(item))), ...rest];
    }
    return first === undefined ? args : [this.#asTensor(first), ...rest];
  }

  #asTensor(value: Value): Value {
    const isNumber = typeof value === "number" || typeof value === "boolean" || value instanceof Float;
    return isNumber ? this.#lowering.constant(tensorOfNumbers(value, undefined)) : value;
  }
}

/** What leaves a number as it is. */
const identities = new Set(["detach", "clone", "item", "cpu", "contiguous", "alias", "lift_fresh", "type_as"]);
/** Operators that make a tensor out of numbers. */
const factories = new Set([
  "arange",
  "full",
  "zeros",
  "ones",
  "empty",
  "linspace",
  "eye",
  "scalar_tensor",
  "randn",
  "rand",
]);

/** Whether a factory is given floating-point numbers, which the lowering cannot tell from integers. */
function makesFloats(operator: string, args: readonly Value[]): boolean {
  if (operator === "full") return args.length === 2 && args[1] instanceof Float;
  return (
    (operator === "arange" || operator === "scalar_tensor") &&
    args.length <= 3 &&
    args.some((value) => value instanceof Float)
  );
}

/** Turns of `range(start, end, step)`. */
function rangeLength([start, end, step]: readonly Value[]): Value | undefined {
  if (typeof start !== "number" || typeof end !== "number" || typeof step !== "number" || step === 0) return undefined;
  return Math.max(0, Math.ceil((end - start) / step));
}

/** What `range(start, …, step)` gives in a turn. */
function deriveIndex([turn, start, step]: readonly Value[]): Value | undefined {
  if (typeof turn !== "number" || typeof start !== "number" || typeof step !== "number") return undefined;
  return start + turn * step;
}

function identical(a: Value, b: Value): boolean | Unknown {
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  return a === b;
}
