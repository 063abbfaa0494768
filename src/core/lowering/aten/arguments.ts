import type { Bound } from "./binding.ts";
import { scalarArray } from "./fold/arrays.ts";
import type { Operand } from "./operand.ts";
import { type AtenTensor, type AtenValue, isBatchSize, isFloat, isList, isTensor, type Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** The arguments of one call, by the names of the operator's signature, each as the kind that an operator takes it for. */
export class Arguments {
  readonly #bound: Bound;
  readonly #writer: OnnxWriter;
  readonly #operandOf: (tensor: AtenTensor) => Operand;

  constructor(bound: Bound, writer: OnnxWriter, operandOf: (tensor: AtenTensor) => Operand) {
    this.#bound = bound;
    this.#writer = writer;
    this.#operandOf = operandOf;
  }

  /** Whether the signature has the argument and something else than None was given for it. */
  given(name: string): boolean {
    return (this.#bound.get(name) ?? null) !== null;
  }

  /** Whether the argument is a tensor. */
  isTensor(name: string): boolean {
    return isTensor(this.#bound.get(name));
  }

  /** Whether the argument is a list. */
  isList(name: string): boolean {
    return isList(this.#bound.get(name));
  }

  /** A tensor, or a number as one without axes. */
  tensor(name: string): Operand {
    return this.operand(name, this.#bound.get(name) ?? null);
  }

  /** A tensor, where one is given. */
  optionalTensor(name: string): Operand | undefined {
    return this.given(name) ? this.tensor(name) : undefined;
  }

  /** One value of an argument as a tensor. */
  operand(name: string, value: AtenValue): Operand {
    if (isTensor(value)) return this.#operandOf(value);
    if (isFloat(value)) return this.#writer.scalar(value.value);
    if (isBatchSize(value)) return this.#writer.size(value);
    if (typeof value === "boolean") return this.#writer.known(scalarArray("bool", value ? 1 : 0));
    if (typeof value === "number") return this.#writer.scalar(value, isWhole(value) ? "int" : "float");
    throw this.#writer.badArgument(`its argument ${name} is no tensor`);
  }

  /** A list of tensors. */
  tensors(name: string): Operand[] {
    return this.#list(name).map((value) => this.operand(name, value));
  }

  /** A list of tensors in which None may stand. */
  optionalTensors(name: string): (Operand | undefined)[] {
    return this.#list(name).map((value) => (value === null ? undefined : this.operand(name, value)));
  }

  /** A number, whatever its kind; a known tensor of one element counts. */
  number(name: string): number {
    const value = this.#number(this.#bound.get(name));
    if (value === undefined) throw this.#writer.badArgument(`its argument ${name} is no number`);
    return value;
  }

  /** A number, where one is given. */
  optionalNumber(name: string): number | undefined {
    return this.given(name) ? this.number(name) : undefined;
  }

  /** A size. */
  size(name: string): Size {
    return this.#size(name, this.#bound.get(name));
  }

  /** Sizes; one stands for a list of one. */
  sizes(name: string): Size[] {
    const value = this.#bound.get(name);
    return isList(value) ? value.map((each) => this.#size(name, each)) : [this.#size(name, value)];
  }

  /** Integers that do not depend on the samples; one stands for a list of one. */
  numbers(name: string): number[] {
    const value = this.#bound.get(name);
    return (isList(value) ? value : [value]).map((each) => {
      const number = this.#number(each);
      if (number === undefined) throw this.#writer.unsupported(`its argument ${name} depends on the number of samples`);
      return number;
    });
  }

  /** Integers for each of `count` axes; one stands for all. */
  perAxis(name: string, count: number): number[] {
    const values = this.numbers(name);
    if (values.length === 1) return new Array<number>(count).fill(values[0]!);
    if (values.length !== count) throw this.#writer.badArgument(`${values.length} values of ${name} for ${count} axes`);
    return values;
  }

  /** The argument as it was given. */
  raw(name: string): AtenValue {
    return this.#bound.get(name) ?? null;
  }

  /** A truth value; None is false. */
  flag(name: string): boolean {
    const value = this.#bound.get(name);
    return typeof value === "boolean" ? value : (this.#number(value) ?? 0) !== 0;
  }

  /** A text; empty where none is given. */
  text(name: string): string {
    const value = this.#bound.get(name);
    return typeof value === "string" ? value : "";
  }

  /** Whether a number is one of floating point. */
  isFloat(name: string): boolean {
    const value = this.#bound.get(name);
    return isFloat(value) || (typeof value === "number" && !isWhole(value));
  }

  #list(name: string): readonly AtenValue[] {
    const value = this.#bound.get(name);
    if (isList(value)) return value;
    throw this.#writer.badArgument(`its argument ${name} is no list`);
  }

  #number(value: AtenValue | undefined): number | undefined {
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (isFloat(value)) return value.value;
    if (isTensor(value)) {
      const known = this.#operandOf(value).known;
      return known?.data.length === 1 ? known.data[0] : undefined;
    }
    return undefined;
  }

  #size(name: string, value: AtenValue | undefined): Size {
    if (isBatchSize(value)) return value;
    const number = this.#number(value);
    if (number === undefined) throw this.#writer.badArgument(`its argument ${name} is no integer`);
    return number;
  }
}

/** Integers, and those too large to be told from floating point ("to the end"). Infinity is none. */
function isWhole(value: number): boolean {
  return Number.isInteger(value);
}
