import { attribute } from "../../graph/graph.ts";
import { toFloat32 } from "../../graph/numbers.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { leafOf, type Modules, moduleOf, within } from "./modules.ts";
import type { Plan } from "./planner.ts";
import { asItIs, exchanged, fusedBias, fusedWeight, type OutputAxis, type Recipe } from "./recipes.ts";
import { layerOperators, type Slot } from "./slots.ts";

/** By how much values may differ, relative to the largest of them, that were rounded on different ways. */
export const valueTolerance = 1e-5;

/**
 * Finds the tensors that names do not, by what stands in the donor: its own checkpoint must give just that. Two tensors of
 * trained values do not agree by chance.
 *
 * @param own the checkpoint that the donor was exported from.
 * @returns the plan with what was found; slots without a match stay missing.
 */
export function locateByValue(plan: Plan, own: Modules, epsilon: number): Plan {
  const used = new Set([...plan.recipes.values()].flatMap(({ keys }) => keys));
  const recipes = new Map(plan.recipes);
  const free = (path: string): boolean => !used.has(within(path, "running_var"));
  for (const slot of plan.missing) {
    const isLayer = layerOperators.has(slot.node.op) && slot.leaf === "weight";
    const batchNorms = isLayer ? [...own.batchNorms.keys()].filter(free) : [];
    for (const recipe of candidates(slot, own, batchNorms, epsilon)) {
      if (recipe.keys.some((key) => used.has(key)) || !isSame(recipe.make(own.tensors), slot.tensor)) continue;
      recipes.set(slot, recipe);
      const bias = isLayer ? biasOf(slot, recipe, plan, own, epsilon) : undefined;
      if (bias && isSame(bias.recipe.make(own.tensors), bias.slot.tensor)) recipes.set(bias.slot, bias.recipe);
      for (const key of [...recipe.keys, ...(bias?.recipe.keys ?? [])]) used.add(key);
      break;
    }
  }
  return { ...plan, recipes, missing: plan.missing.filter((slot) => !recipes.has(slot)) };
}

/** What could stand in a slot, by shape alone. */
function* candidates(slot: Slot, own: Modules, batchNorms: readonly string[], epsilon: number): Iterable<Recipe> {
  const shape = slot.tensor.shape.join();
  const axis: OutputAxis =
    slot.node.op === "ConvTranspose"
      ? { kind: "second", groups: attribute(slot.node, "group", "int") ?? 1 }
      : { kind: "first" };
  for (const [key, tensor] of own.tensors) {
    if (slot.leaf !== undefined && slot.leaf !== leafOf(key)) continue;
    const turns = [
      ...(tensor.shape.join() === shape ? [false] : []),
      ...(tensor.shape.length === 2 && tensor.shape.toReversed().join() === shape ? [true] : []),
    ];
    for (const turn of turns) {
      yield turn ? exchanged(key, tensor) : asItIs(key, tensor, "located");
      const outputs = axis.kind === "first" ? tensor.shape[0] : (tensor.shape[1] ?? 0) * axis.groups;
      for (const path of batchNorms) {
        // A batch norm belongs to a layer in the same part of the network.
        if (own.batchNorms.get(path) !== outputs || !areNeighbours(moduleOf(key), path)) continue;
        yield fusedWeight(key, tensor, { path, epsilon }, axis, turn);
      }
    }
  }
}

function areNeighbours(layer: string, batchNorm: string): boolean {
  const [parent, other] = [moduleOf(layer), moduleOf(batchNorm)];
  return parent === other || moduleOf(parent) === moduleOf(other);
}

function biasOf(weight: Slot, recipe: Recipe, plan: Plan, own: Modules, epsilon: number) {
  const slot = plan.missing.find(({ node, index }) => node === weight.node && index === 2);
  if (!slot) return undefined;
  const key = within(moduleOf(recipe.keys[0]!), "bias");
  const tensor = own.tensors.get(key);
  if (recipe.class !== "fused") return tensor && { slot, recipe: asItIs(key, tensor, "located") };
  const folded = { path: moduleOf(recipe.keys[1]!), epsilon };
  return { slot, recipe: fusedBias(tensor ? key : undefined, slot.tensor.shape[0] ?? 0, folded) };
}

function isSame(a: Tensor, b: Tensor): boolean {
  return difference(a, b) <= valueTolerance;
}

/** The largest difference of two tensors' elements, relative to the largest element; infinite for other shapes. */
export function difference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  const [x, y] = [toFloat32(a), toFloat32(b)];
  let [largest, scale] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(x[i]! - y[i]!));
    scale = Math.max(scale, Math.abs(y[i]!));
  }
  // A tensor of zeros has no scale of its own.
  return largest / (scale || 1);
}
