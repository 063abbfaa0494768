import { asKey, copied, type Operator } from "./elements.ts";
import { Dict, List, type Value } from "./values.ts";

/** What the code does with dictionaries. */
export const dictOperators: ReadonlyMap<string, Operator<Dict>> = new Map<string, Operator<Dict>>([
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
