import { type Budget, copied, equal, type Operator, position, slice } from "./elements.ts";
import { computeScalar, isScalar, number } from "./scalars.ts";
import { Float, List, Unknown, type Value } from "./values.ts";

/** What the code does with lists. */
export const listOperators: ReadonlyMap<string, Operator<List>> = new Map<string, Operator<List>>([
  ["len", (list) => list.items.length],
  ["append", (list, [, item = null], budget) => changed(list, () => list.items.push(item), budget)],
  [
    "extend",
    (list, [, other], budget) => {
      if (!(other instanceof List)) return undefined;
      budget.spend(other.items.length);
      for (const item of other.items.slice()) list.items.push(item);
      return list;
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
