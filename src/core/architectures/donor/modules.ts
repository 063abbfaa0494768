import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { isWeightType } from "./plainInitializers.ts";

/** The weights of a checkpoint by the modules they belong to. */
export interface Modules {
  /** Everything that has to find its place, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Names of what no network computes with: counters, indices, masks. */
  readonly dropped: readonly string[];
  /** Paths of the modules, in the order of the checkpoint. */
  readonly paths: readonly string[];
  /** Number of features of each batch norm, by path. */
  readonly batchNorms: ReadonlyMap<string, number>;
  /** Whether the order of the names says anything. */
  readonly inModuleOrder: boolean;
}

/** What modules keep besides their parameters and can make again. */
const buffers =
  /(?:^|\.)(?:num_batches_tracked|position_ids|token_type_ids|inv_freq|masked_bias|relative_position_index)$/;

/** @param drop names that the user agrees to leave out. */
export function modulesOf(weights: WeightSet, drop: (name: string) => boolean = () => false): Modules {
  const tensors = new Map<string, Tensor>();
  const dropped: string[] = [];
  const paths = new Set<string>();
  const batchNorms = new Map<string, number>();
  for (const [name, tensor] of weights.tensors) {
    if (!isWeightType(tensor) || isBuffer(name) || drop(name)) {
      dropped.push(name);
      continue;
    }
    tensors.set(name, tensor);
    paths.add(moduleOf(name));
    if (leafOf(name) === "running_var") batchNorms.set(moduleOf(name), tensor.shape[0] ?? 0);
  }
  return { tensors, dropped, paths: [...paths], batchNorms, inModuleOrder: weights.inModuleOrder };
}

/** Whether a name is that of a tensor which follows from the architecture: a counter, a table of positions. */
export function isBuffer(name: string): boolean {
  return buffers.test(name);
}

/** `layer1.0.conv1.weight` → `layer1.0.conv1`. */
export function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** `layer1.0.conv1.weight` → `weight`. */
export function leafOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A name within a module; the network itself is `""`. */
export function within(path: string, leaf: string): string {
  return path === "" ? leaf : `${path}.${leaf}`;
}
