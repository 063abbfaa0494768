import { Failure } from "../../failure.ts";

/** A value of a parsed JSON text. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** Whether a JSON value is an object with names. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of an object of its own, not of its prototype. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sizes beyond this are of no layer. */
const maximumSize = 2 ** 31;

/** What a layer's constructor was told: the `config` of its description. */
export class Settings {
  readonly #values: JsonObject;
  readonly #layer: string;

  /** @param layer what failures call it: its name and class */
  constructor(values: JsonObject, layer: string) {
    this.#values = values;
    this.#layer = layer;
  }

  /** The value as the file has it; `undefined` where there is none or where it is null. */
  raw(name: string): Json | undefined {
    return member(this.#values, name) ?? undefined;
  }

  /** @throws Failure `keras/bad-config` where it is no number, or absent without a default. */
  number(name: string, otherwise?: number): number {
    return this.optionalNumber(name) ?? otherwise ?? this.#missing(name);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "number") return value;
    // Nonfinite numbers are texts here.
    const number = typeof value === "string" ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw this.wrong(name, "is no number");
    return number;
  }

  /** A count: an integer from 0 on. @throws Failure `keras/bad-config` */
  size(name: string, otherwise?: number): number {
    return this.#asSize(name, this.number(name, otherwise));
  }

  /** As many sizes as there are axes; a single number stands for each. @throws Failure `keras/bad-config` */
  sizes(name: string, count: number, otherwise?: number): readonly number[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) return new Array<number>(count).fill(this.size(name, otherwise));
    if (value.length !== count && value.length !== 1) throw this.wrong(name, `does not have ${count} sizes`);
    return Array.from({ length: count }, (_, i) => this.#asSize(name, Number(value[value.length === 1 ? 0 : i])));
  }

  /** Whether the setting is there at all, be it null. */
  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name) ?? otherwise;
    if (typeof value !== "boolean") throw this.wrong(name, "is neither true nor false");
    return value;
  }

  text(name: string, otherwise?: string): string {
    const value = this.raw(name) ?? otherwise ?? this.#missing(name);
    if (typeof value !== "string") throw this.wrong(name, "is no text");
    return value;
  }

  /** A list of numbers; a single number is a list of one. `undefined` where there is none. */
  numbers(name: string): readonly number[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value.flat(Infinity as 8) : [value];
    if (!list.every((each) => typeof each === "number")) throw this.wrong(name, "is no list of numbers");
    return list as number[];
  }

  /** As {@link Settings.numbers}, of integers. */
  integers(name: string): readonly number[] | undefined {
    const list = this.numbers(name);
    if (list && !list.every((each) => Number.isInteger(each) && Math.abs(each) <= maximumSize)) {
      throw this.wrong(name, "is no list of integers");
    }
    return list;
  }

  /** An object within; `undefined` where there is none. */
  object(name: string): JsonObject | undefined {
    const value = this.raw(name);
    if (value !== undefined && !isObject(value)) throw this.wrong(name, "is no object");
    return value;
  }

  /** The failure for a setting that makes no sense. */
  wrong(name: string, what: string): Failure {
    return new Failure("keras/bad-config", `Of ${this.#layer}, the setting "${name}" ${what}.`);
  }

  #asSize(name: string, value: number): number {
    if (!Number.isInteger(value) || value < 0 || value > maximumSize) throw this.wrong(name, "is no size");
    return value;
  }

  #missing(name: string): never {
    throw this.wrong(name, "is missing");
  }
}
