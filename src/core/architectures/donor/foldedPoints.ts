import type { Tensor } from "../../graph/tensor.ts";
import { computed, derived } from "../../graph/tensorViews.ts";
import type { BatchNormPoint } from "../plausibility/batchNormPoints.ts";
import { within } from "./modules.ts";
import type { Plan } from "./planner.ts";

/**
 * What a checkpoint says of the outputs of batch norms that its donor folded: over the training data their mean is β and
 * their variance γ². (The divergence between two normal distributions does not see the scale and shift that lie between.)
 */
export function foldedPoints(plan: Plan, tensors: ReadonlyMap<string, Tensor>): readonly BatchNormPoint[] {
  const points: BatchNormPoint[] = [];
  for (const [{ node }, { batchNorm, shape }] of plan.recipes) {
    const [value] = node.outputs;
    if (batchNorm === undefined || value === undefined) continue;
    const [gain, shift] = ["weight", "bias"].map((leaf) => tensors.get(within(batchNorm, leaf)));
    const constant = (element: number): Tensor => computed(shape, () => new Float64Array(shape[0] ?? 0).fill(element));
    points.push({
      name: batchNorm,
      value,
      mean: shift ?? constant(0),
      variance: gain ? derived(shape, [gain], ([gains]) => gains!.map((each) => each * each)) : constant(1),
    });
  }
  return points;
}
