import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Program } from "../../graph/graph.ts";
import type { Architecture } from "../architecture.ts";
import type { BatchNormPoint } from "../plausibility/batchNormPoints.ts";
import { valueTolerance } from "./byValue.ts";
import { fill } from "./fill.ts";
import { foldedPoints } from "./foldedPoints.ts";
import { donorMismatch } from "./mismatch.ts";
import { type Modules, modulesOf } from "./modules.ts";
import { withPlainInitializers } from "./plainInitializers.ts";
import type { Plan } from "./planner.ts";
import { planFor, provenPlan } from "./plans.ts";
import type { BindingClass } from "./recipes.ts";
import { unusedTensors } from "./ties.ts";

/** A donor's graph with the weights of a checkpoint in it. */
export interface Binding {
  readonly program: Program;
  /** Names of the checkpoint's tensors by what became of them; each is in one class. */
  readonly classes: Readonly<Record<BindingClass | "dropped", readonly string[]>>;
  readonly architecture: Architecture;
  /** Where the graph has the outputs of batch norms that were folded, with the statistics that the checkpoint keeps. */
  readonly folded: readonly BatchNormPoint[];
}

export interface BindingOptions {
  /** The checkpoint that the donor was exported from, where it is known: tensors without a name are found by value. */
  readonly own?: WeightSet | undefined;
  /** Tensors that the user agrees to leave out (auxiliary heads). */
  readonly drop?: ((name: string) => boolean) | undefined;
}

/** How far a donor's own checkpoint gives what the donor holds. */
export interface Verification {
  /** Whether every parameter of the donor is reproduced within {@link valueTolerance}. */
  readonly proven: boolean;
  /** The largest difference, relative to the largest element of its tensor. */
  readonly worst: number;
  /** The donor's parameter with that difference. */
  readonly at: string;
  readonly parameters: number;
}

/**
 * Puts the weights of a checkpoint into the graph of a donor. Weights are read when the network is run; those that an
 * exporter folded, transposed or permuted are computed then.
 *
 * @param donor as its file has it.
 * @param donorName for people: the file's name.
 * @throws Failure `architecture/donor-mismatch` unless every parameter of the donor is found and every tensor of the checkpoint
 *   has a place.
 */
export function bindToDonor(
  donor: Program,
  weights: WeightSet,
  donorName: string,
  { own, drop }: BindingOptions = {},
): Binding {
  const graph = withPlainInitializers(donor.graph);
  const modules = modulesOf(weights, drop);
  const plan = own ? provenPlan(graph, modulesOf(own, drop)).plan : planFor(graph, modules);
  const recipes = [...plan.recipes.values(), ...plan.inner.values()];
  const unused = unusedTensors(recipes, modules.tensors);
  const absent = own ? unfit(plan, modules, modulesOf(own, drop)) : [];
  if (plan.missing.length + unused.length + plan.illShaped.length + absent.length > 0) {
    throw donorMismatch(donorName, { missing: plan.missing, unused, illShaped: [...plan.illShaped, ...absent] });
  }
  const program = { ...donor, graph: fill(graph, plan, modules.tensors) };
  const classes = classesOf(plan, modules);
  const architecture: Architecture = {
    source: "donor",
    name: donorName,
    evidence: evidenceOf(classes, modules, donorName),
    program: () => program,
  };
  return { program, classes, architecture, folded: foldedPoints(plan, modules.tensors) };
}

/**
 * Asks whether a checkpoint is the one that a donor was exported from: bound to it, it must give the donor's own numbers.
 * @throws Failure `architecture/donor-mismatch` where it does not even fit.
 */
export function verifyDonor(donor: Program, own: WeightSet, donorName: string): Verification {
  const graph = withPlainInitializers(donor.graph);
  const modules = modulesOf(own);
  const { plan, worst, at } = provenPlan(graph, modules);
  const unused = unusedTensors([...plan.recipes.values(), ...plan.inner.values()], modules.tensors);
  if (plan.missing.length + unused.length + plan.illShaped.length > 0) {
    throw donorMismatch(donorName, { missing: plan.missing, unused, illShaped: plan.illShaped });
  }
  return {
    proven: worst <= valueTolerance,
    worst,
    at,
    parameters: new Set([...plan.recipes.keys()].map(({ name }) => name)).size,
  };
}

/** What of another checkpoint does not fit a plan made with the donor's own. */
function unfit(plan: Plan, modules: Modules, own: Modules): readonly string[] {
  const keys = new Set([...plan.recipes.values()].flatMap((recipe) => recipe.keys));
  return [...keys].flatMap((key) => {
    const [here, there] = [modules.tensors.get(key)?.shape, own.tensors.get(key)?.shape];
    if (here?.join() === there?.join()) return [];
    return [here === undefined ? `${key} is missing` : `${key} is [${here}] and not [${there}]`];
  });
}

function classesOf(plan: Plan, modules: Modules): Binding["classes"] {
  const classes: Record<BindingClass | "dropped", string[]> = {
    exact: [],
    located: [],
    fused: [],
    transposed: [],
    derived: [],
    dropped: [...modules.dropped],
  };
  const seen = new Set<string>();
  for (const recipe of [...plan.recipes.values(), ...plan.inner.values()]) {
    for (const key of recipe.keys) {
      if (seen.has(key) || !modules.tensors.has(key)) continue;
      seen.add(key);
      classes[recipe.class].push(key);
    }
  }
  // What is left is a second name for a tensor that is used.
  for (const key of modules.tensors.keys()) if (!seen.has(key)) classes.exact.push(key);
  return classes;
}

const phrases: Readonly<Record<BindingClass, string>> = {
  exact: "by name and shape",
  located: "by their place in the graph",
  fused: "with their batch norm folded in as the donor has it",
  transposed: "transposed",
  derived: "rearranged",
};

function evidenceOf(classes: Binding["classes"], modules: Modules, donorName: string): string {
  const found = (Object.keys(phrases) as BindingClass[])
    .filter((each) => classes[each].length > 0)
    .map((each) => `${classes[each].length} ${phrases[each]}`);
  return `All ${modules.tensors.size} tensors have their place in ${donorName}: ${found.join(", ")}.`;
}
