import { computeScalar, isScalar, number } from "./scalars.ts";
import { Dict, Float, type Key, List, Unknown, type Value } from "./values.ts";

/** What containers need of the evaluator. */
export interface Budget {
  /** Counts elements that are copied. @throws Failure `torchscript/limit`. */
  spend(elements: number): void;
}

/**
 * Computes an operator on a list, a dictionary or a text; `undefined` where it is none.
 * @param args the first of which is the container
 */
export function computeContainer(operator: string, args: readonly Value[], budget: Budget): Value | undefined {
  const [first] = args;
  if (first instanceof List) return listOperators.get(operator)?.(first, args, budget);
  if (first instanceof Dict) return dictOperators.get(operator)?.(first, args, budget);
  if (typeof first === "string") return stringOperators.get(operator)?.(first, args, budget);
  return undefined;
}

/** Whether two values are equal, as Python's `==` says; unknown where it depends on the samples or on a tensor's elements. */
export function equal(a: Value, b: Value): boolean | Unknown {
  if (isScalar(a) && isScalar(b)) {
    const result = computeScalar("eq", [a, b]);
    return typeof result === "boolean" || result instanceof Unknown ? result : new Unknown("a comparison");
  }
  if (a instanceof List && b instanceof List) {
    if (a.items.length !== b.items.length) return false;
    let result: boolean | Unknown = true;
    for (const [i, item] of a.items.entries()) {
      const other = b.items[i] ?? null;
      // Lists in lists are not looked into: nesting belongs to the file.
      const same =
        item instanceof List ? item === other || new Unknown("a comparison of nested lists") : equal(item, other);
      if (same === false) return false;
      if (same instanceof Unknown) result = same;
    }
    return result;
  }
  return a === b;
}

/** Where a list is cut, with negative positions from its end, as `slice(start, end, step)` of Python. */
function slice(length: number, [, start, end, step]: readonly Value[]): number[] | undefined {
  const by = plain(step ?? 1);
  if (by === undefined || by < 1) return undefined;
  const from = start === undefined || start === null ? 0 : plain(start);
  const to = end === undefined || end === null ? length : plain(end);
  if (from === undefined || to === undefined) return undefined;
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  const positions: number[] = [];
  for (let i = clamp(from); i < clamp(to); i += by) positions.push(i);
  return positions;
}

function plain(value: Value | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** A position in a list from one that may count from its end; `undefined` where it lies outside. */
export function position(length: number, index: Value | undefined): number | undefined {
  if (typeof index !== "number" || !Number.isInteger(index)) return undefined;
  const at = index < 0 ? index + length : index;
  return at >= 0 && at < length ? at : undefined;
}

/** A value as a key of a dictionary; `undefined` where it cannot be one. */
export function asKey(value: Value | undefined): Key | undefined {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  return value instanceof Float ? value.value : undefined;
}

type Operator<C> = (container: C, args: readonly Value[], budget: Budget) => Value | undefined;

function negate(answer: boolean | Unknown): boolean | Unknown {
  return answer instanceof Unknown ? answer : !answer;
}

function contains(items: readonly Value[], wanted: Value): boolean | Unknown {
  let result: boolean | Unknown = false;
  for (const item of items) {
    const same = equal(item, wanted);
    if (same === true) return true;
    if (same instanceof Unknown) result = same;
  }
  return result;
}

function reduce(operator: string): Operator<List> {
  return (list) => {
    let result: Value | undefined;
    for (const item of list.items) {
      if (!isScalar(item)) return undefined;
      result = result === undefined ? item : isScalar(result) ? computeScalar(operator, [result, item]) : undefined;
      if (result === undefined) return undefined;
    }
    return result ?? (operator === "add" ? 0 : undefined);
  };
}

/** Whether all, or any, of a list of truth values are true. */
function quantify(decisive: boolean): Operator<List> {
  return (list) => {
    let result: Value = !decisive;
    for (const item of list.items) {
      const truth = isScalar(item) ? computeScalar("Bool", [item]) : undefined;
      if (truth === decisive) return decisive;
      if (truth instanceof Unknown) result = truth;
      else if (truth === undefined) return undefined;
    }
    return result;
  };
}

const listOperators: ReadonlyMap<string, Operator<List>> = new Map<string, Operator<List>>([
  ["len", (list) => list.items.length],
  ["append", (list, [, item = null], budget) => changed(list, () => list.items.push(item), budget)],
  [
    "extend",
    (list, [, other], budget) => {
      if (!(other instanceof List)) return undefined;
      budget.spend(other.items.length);
      return changed(list, () => void list.items.splice(list.items.length, 0, ...other.items.slice()), budget);
    },
  ],
  [
    "insert",
    (list, [, at, item = null], budget) => {
      if (typeof at !== "number") return undefined;
      return changed(list, () => list.items.splice(at, 0, item), budget);
    },
  ],
  ["clear", (list, _, budget) => changed(list, () => list.items.splice(0), budget)],
  ["reverse", (list, _, budget) => changed(list, () => list.items.reverse(), budget)],
  [
    "pop",
    (list, [, at]) => {
      const index = position(list.items.length, at ?? -1);
      return index === undefined ? undefined : list.items.splice(index, 1)[0];
    },
  ],
  ["copy", (list, _, budget) => copied(list.items, budget)],
  ["list", (list, _, budget) => copied(list.items, budget)],
  [
    "_set_item",
    (list, [, at, item = null]) => {
      const index = position(list.items.length, at);
      if (index === undefined) return undefined;
      list.items[index] = item;
      return list;
    },
  ],
  [
    "__getitem__",
    (list, [, at]) => {
      const index = position(list.items.length, at);
      return index === undefined ? undefined : list.items[index];
    },
  ],
  [
    "add",
    (list, [, other], budget) => (other instanceof List ? copied([...list.items, ...other.items], budget) : undefined),
  ],
  [
    "mul",
    (list, [, times], budget) => {
      if (typeof times !== "number") return undefined;
      budget.spend(list.items.length * Math.max(times, 0));
      return new List(Array.from({ length: Math.max(times, 0) }, () => list.items).flat());
    },
  ],
  [
    "slice",
    (list, args, budget) => {
      const positions = slice(list.items.length, args);
      return (
        positions &&
        copied(
          positions.map((at) => list.items[at] ?? null),
          budget,
        )
      );
    },
  ],
  ["eq", (list, [, other = null]) => equal(list, other)],
  ["ne", (list, [, other = null]) => negate(equal(list, other))],
  ["__contains__", (list, [, item = null]) => contains(list.items, item)],
  [
    "index",
    (list, [, item = null]) => {
      const at = list.items.findIndex((other) => equal(other, item) === true);
      return at < 0 ? undefined : at;
    },
  ],
  ["count", (list, [, item = null]) => list.items.filter((other) => equal(other, item) === true).length],
  ["sum", reduce("add")],
  ["max", reduce("max")],
  ["min", reduce("min")],
  ["all", quantify(false)],
  ["any", quantify(true)],
  [
    "sort",
    (list, [, descending]) => {
      const items = sorted(list.items);
      if (!items) return undefined;
      if (descending === true) items.reverse();
      for (const [i, item] of items.entries()) list.items[i] = item;
      return list;
    },
  ],
  [
    "sorted",
    (list, _, budget) => {
      const items = sorted(list.items);
      return items && copied(items, budget);
    },
  ],
]);

function sorted(items: readonly Value[]): Value[] | undefined {
  const keys = items.map((item) => (typeof item === "number" || item instanceof Float ? number(item) : undefined));
  if (keys.includes(undefined)) return undefined;
  return items
    .map((item, i) => ({ item, key: keys[i] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function changed(list: List, change: () => void, budget: Budget): List {
  budget.spend(1);
  change();
  return list;
}

function copied(items: readonly Value[], budget: Budget): List {
  budget.spend(items.length);
  return new List(items.slice());
}

const dictOperators: ReadonlyMap<string, Operator<Dict>> = new Map<string, Operator<Dict>>([
  ["len", (dict) => dict.entries.size],
  ["keys", (dict, _, budget) => copied(Array.from(dict.entries.keys()), budget)],
  ["values", (dict, _, budget) => copied(Array.from(dict.entries.values()), budget)],
  [
    "items",
    (dict, _, budget) =>
      copied(
        Array.from(dict.entries, (pair) => new List(pair)),
        budget,
      ),
  ],
  [
    "copy",
    (dict, _, budget) => {
      budget.spend(dict.entries.size);
      return new Dict(new Map(dict.entries));
    },
  ],
  [
    "update",
    (dict, [, other], budget) => {
      if (!(other instanceof Dict)) return undefined;
      budget.spend(other.entries.size);
      for (const [key, value] of other.entries) dict.entries.set(key, value);
      return dict;
    },
  ],
  ["get", (dict, [, key, fallback = null]) => lookUp(dict, key, fallback)],
  ["__getitem__", (dict, [, key]) => lookUp(dict, key)],
  [
    "__contains__",
    (dict, [, key]) => {
      const known = asKey(key);
      return known === undefined ? undefined : dict.entries.has(known);
    },
  ],
  [
    "_set_item",
    (dict, [, key, value = null]) => {
      const known = asKey(key);
      if (known === undefined) return undefined;
      dict.entries.set(known, value);
      return dict;
    },
  ],
  [
    "pop",
    (dict, [, key, fallback]) => {
      const value = lookUp(dict, key, fallback);
      const known = asKey(key);
      if (known !== undefined) dict.entries.delete(known);
      return value;
    },
  ],
]);

function lookUp(dict: Dict, key: Value | undefined, fallback?: Value): Value | undefined {
  const known = asKey(key);
  const value = known === undefined ? undefined : dict.entries.get(known);
  return value === undefined ? fallback : value;
}

const stringOperators: ReadonlyMap<string, Operator<string>> = new Map<string, Operator<string>>([
  ["len", (text) => text.length],
  ["add", (text, [, other], budget) => (typeof other === "string" ? joined(text + other, budget) : undefined)],
  ["eq", (text, [, other]) => text === other],
  ["ne", (text, [, other]) => text !== other],
  ["format", (text, [, ...values], budget) => joined(format(text, values), budget)],
  ["find", (text, [, part]) => (typeof part === "string" ? text.indexOf(part) : undefined)],
  ["__contains__", (text, [, part]) => (typeof part === "string" ? text.includes(part) : undefined)],
  ["startswith", (text, [, part]) => (typeof part === "string" ? text.startsWith(part) : undefined)],
  ["endswith", (text, [, part]) => (typeof part === "string" ? text.endsWith(part) : undefined)],
  ["lower", (text) => text.toLowerCase()],
  ["upper", (text) => text.toUpperCase()],
  [
    "slice",
    (text, args) =>
      slice(text.length, args)
        ?.map((at) => text[at])
        .join(""),
  ],
  ["__getitem__", (text, [, at]) => text[position(text.length, at) ?? text.length]],
]);

function joined(text: string, budget: Budget): string {
  budget.spend(text.length);
  return text;
}

/** Python's `str.format` with empty braces, which is what the compiler leaves of assertions' messages. */
function format(text: string, values: readonly Value[]): string {
  let next = 0;
  return text.replace(/\{[^{}]*\}/g, () => write(values[next++] ?? null));
}

/** A value for messages. */
export function write(value: Value): string {
  if (value === null) return "None";
  if (value instanceof Float) return String(value.value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof List)
    return `[${value.items.slice(0, 8).map((item) => (item instanceof List ? "…" : write(item)))}]`;
  return typeof value === "number" || typeof value === "string" ? String(value) : "…";
}
