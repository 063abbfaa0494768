import { attribute, type Graph } from "../../graph/graph.ts";
import { difference, locateByValue, valueTolerance } from "./byValue.ts";
import { keptInMemory } from "./keptInMemory.ts";
import type { Modules } from "./modules.ts";
import { type Plan, planByNames } from "./planner.ts";
import type { Slot } from "./slots.ts";
import { withTies } from "./ties.ts";

/** PyTorch's own ε; the others are what people set it to, tried where the values can tell. */
const epsilons = [1e-5, 1e-3, 1e-4, 1e-6, 1e-2] as const;

/** A plan by names, and by values for what names do not tell. */
export function planFor(graph: Graph, modules: Modules): Plan {
  const epsilon = epsilonOf(graph);
  const plan = withTies(planByNames(graph, modules, epsilon));
  // A parameter that kept its name and is not in the checkpoint cannot be there under another.
  const mayBeThere = plan.missing.length > 0 && plan.missing.every(({ invented }) => invented);
  if (!mayBeThere) return plan;
  const read = { ...modules, tensors: keptInMemory(modules.tensors) };
  return locateByValue(plan, read, epsilon);
}

/** A plan, and how far what it gives is from what the donor holds. */
export interface MeasuredPlan {
  readonly plan: Plan;
  /** Relative to the largest element of a tensor. */
  readonly worst: number;
  /** The donor's parameter with that difference. */
  readonly at: string;
}

/** The plan under which a checkpoint comes nearest to what the donor holds. */
export function provenPlan(graph: Graph, own: Modules): MeasuredPlan {
  const read = { ...own, tensors: keptInMemory(own.tensors) };
  let best: MeasuredPlan | undefined;
  for (const epsilon of new Set([epsilonOf(graph), ...epsilons])) {
    const named = planByNames(graph, read, epsilon);
    const wrong = wrongSlots(named, read);
    const isOwn = 2 * wrong.filter(isPlain(named)).length <= [...named.recipes.keys()].filter(isPlain(named)).length;
    const found = measured(isOwn ? contradicted(named, wrong, read, epsilon) : withTies(named), read);
    if (!best || found.plan.missing.length < best.plan.missing.length || found.worst < best.worst) best = found;
    // Values of another checkpoint tell nothing, whatever ε is.
    if (!isOwn || (best.worst <= valueTolerance && best.plan.missing.length === 0)) break;
  }
  return best!;
}

/** Whether what stands in a slot does not depend on ε. */
function isPlain(plan: Plan): (slot: Slot) => boolean {
  return (slot) => plan.recipes.get(slot)?.class !== "fused";
}

/** The slots of a plan that do not get what the donor has there. */
function wrongSlots(plan: Plan, own: Modules): readonly Slot[] {
  const filled = [...plan.recipes].filter(([{ tensor }, recipe]) => {
    return difference(recipe.make(own.tensors), tensor) > valueTolerance;
  });
  return filled.map(([slot]) => slot);
}

/** Looks again, by value, for what names put in a wrong place or in none. */
function contradicted(plan: Plan, wrong: readonly Slot[], own: Modules, epsilon: number): Plan {
  if (wrong.length + plan.missing.length === 0) return plan;
  const kept = new Map(plan.recipes);
  for (const slot of wrong) kept.delete(slot);
  const missing = [...plan.missing, ...wrong];
  const located = withTies(locateByValue({ ...plan, recipes: kept, missing }, own, epsilon));
  // Not the donor's own checkpoint after all: what the names say stands.
  return located.missing.length < Math.max(1, plan.missing.length) ? located : withTies(plan);
}

function measured(plan: Plan, own: Modules): MeasuredPlan {
  let [worst, at] = [0, ""];
  for (const [{ tensor, name }, recipe] of plan.recipes) {
    const off = difference(recipe.make(own.tensors), tensor);
    if (off > worst) [worst, at] = [off, name];
  }
  return { plan, worst, at };
}

/** ε of the batch norms that the donor kept, else PyTorch's own. */
function epsilonOf(graph: Graph): number {
  const kept = graph.nodes.find(({ op }) => op === "BatchNormalization");
  return (kept && attribute(kept, "epsilon", "float")) ?? 1e-5;
}
