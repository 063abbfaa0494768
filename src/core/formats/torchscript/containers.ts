import { dictOperators } from "./dictionaries.ts";
import type { Budget } from "./elements.ts";
import { listOperators } from "./lists.ts";
import { textOperators } from "./texts.ts";
import { Dict, List, type Value } from "./values.ts";

/**
 * Computes an operator on a list, a dictionary or a text; `undefined` where it is none.
 * @param args the first of which is the container
 */
export function computeContainer(operator: string, args: readonly Value[], budget: Budget): Value | undefined {
  const [first] = args;
  if (first instanceof List) return listOperators.get(operator)?.(first, args, budget);
  if (first instanceof Dict) return dictOperators.get(operator)?.(first, args, budget);
  if (typeof first === "string") return textOperators.get(operator)?.(first, args, budget);
  return undefined;
}
