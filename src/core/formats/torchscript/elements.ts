import { computeScalar, isScalar } from "./scalars.ts";
import { Float, type Key, List, Unknown, type Value } from "./values.ts";

/** What containers need of the evaluator. */
export interface Budget {
  /** Counts elements that are copied. @throws Failure `torchscript/limit`. */
  spend(elements: number): void;
}

/** An operator on a container; `undefined` where it cannot be computed. */
export type Operator<C> = (container: C, args: readonly Value[], budget: Budget) => Value | undefined;

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
export function slice(length: number, [, start, end, step]: readonly Value[]): number[] | undefined {
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

/** A list of its own. */
export function copied(items: readonly Value[], budget: Budget): List {
  budget.spend(items.length);
  return new List(items.slice());
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
