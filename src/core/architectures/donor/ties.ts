import { dtypeBits, type Tensor } from "../../graph/tensor.ts";
import type { Plan } from "./planner.ts";
import type { Recipe } from "./recipes.ts";

/** Shared tensors are few; whole networks that do not fit need not be read to know that. */
const mostTies = 8;

/**
 * Fills slots that a checkpoint names only once although two layers share the tensor: where the donor itself holds the
 * same elements in a slot that is filled, they share it.
 */
export function withTies(plan: Plan): Plan {
  if (plan.missing.length > mostTies) return plan;
  const recipes = new Map(plan.recipes);
  for (const slot of plan.missing) {
    const twin = [...plan.recipes].find(([other]) => areTied(other.tensor, slot.tensor));
    if (twin) recipes.set(slot, twin[1]);
  }
  return { ...plan, recipes, missing: plan.missing.filter((slot) => !recipes.has(slot)) };
}

/** The tensors of a checkpoint that nothing uses and that are no second name for one that is used. */
export function unusedTensors(recipes: Iterable<Recipe>, tensors: ReadonlyMap<string, Tensor>): readonly string[] {
  const used = new Set([...recipes].flatMap(({ keys }) => keys));
  const unused = [...tensors].filter(([key]) => !used.has(key));
  const isSecondName = ([, tensor]: [string, Tensor]): boolean =>
    [...tensors].some(([key, other]) => used.has(key) && areTied(other, tensor));
  return unused.filter((each) => unused.length > mostTies || !isSecondName(each)).map(([key]) => key);
}

/** Whether two tensors hold the same trained elements; constants are equal without being shared. */
function areTied(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [x, y] = [a.bytes(), b.bytes()];
  const size = dtypeBits[a.dtype] / 8;
  return x.length === y.length && x.every((byte, i) => byte === y[i]) && x.some((byte, i) => byte !== x[i % size]);
}
