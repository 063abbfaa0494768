import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Family } from "./network.ts";

/** Buffers that files of earlier versions hold, and what a network without its head or its training has no use for. */
const unneeded =
  /(?:^|\.)(?:position_ids|masked_bias|attn\.bias|inv_freq|num_batches_tracked|mask_token)$|(?:^|\.)pooler\.|^(?:lm_head|cls|classifier|score)\./;

/**
 * The weights under the names that the class gives them: with the module of the base in front or without, whichever the
 * file was written from, and with `weight` and `bias` where old files say `gamma` and `beta`.
 * @param base the base's module in the class; empty for the bare class.
 */
export function canonicalWeights({ tensors, inModuleOrder }: WeightSet, family: Family, base: string): WeightSet {
  const names = [...tensors.keys()];
  const hasBase = names.some((name) => name.startsWith(`${family.base}.`)) && !isChild(family, family.base);
  const renamed = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const inner = hasBase && name.startsWith(`${family.base}.`) ? name.slice(family.base.length + 1) : undefined;
    const belongs = inner ?? (!hasBase && isChild(family, name.split(".")[0] ?? "") ? name : undefined);
    const path = belongs === undefined || base === "" ? (belongs ?? name) : `${base}.${belongs}`;
    renamed.set(path.replace(/\.gamma$/, ".weight").replace(/\.beta$/, ".bias"), tensor);
  }
  return { tensors: renamed, inModuleOrder };
}

/** Parameters that were left over although a network of this kind should need them. */
export function surplus(left: readonly string[]): readonly string[] {
  return left.filter((name) => !unneeded.test(name));
}

function isChild({ children }: Family, name: string): boolean {
  return children.includes(name);
}
