import type { Tensor } from "../../graph/tensor.ts";
import { PickleObject, type PickleValue } from "../torch/pickleValues.ts";
import { TorchTensor } from "../torch/torchTensor.ts";
import type { Sources } from "./sources.ts";
import type { ClassDefinition, Expression } from "./syntax.ts";

/** What the tree of modules in `data.pkl` holds, without looking at what the code does with it. */
export interface ModuleTree {
  /** Parameters and buffers by the paths that `state_dict` gives them, in its order. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Modules that were saved in training mode. */
  readonly training: readonly string[];
  /** Values of `image_size`, by which transformers check their input. */
  readonly imageSizes: readonly number[];
  /** Class and path of the module of every weight. */
  readonly owners: ReadonlyMap<string, string>;
}

/**
 * Walks the tree. Modules that occur twice give their weights once, tensors that occur twice under both names.
 * @throws Failure `torchscript/syntax` where a class cannot be read, `torch/…` where a tensor's elements are not there.
 */
export function walkModules(root: PickleObject, sources: Sources): ModuleTree {
  const weights = new Map<string, Tensor>();
  const owners = new Map<string, string>();
  const training: string[] = [];
  const imageSizes: number[] = [];
  const seen = new Set<PickleObject>([root]);
  const open: [module: PickleObject, prefix: string][] = [[root, ""]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [module, prefix] = next;
    if (!(module.state instanceof Map)) continue;
    const isWeight = weightNames(sources.findClass(module.className)?.syntax);
    const children: [PickleObject, string][] = [];
    for (const [key, value] of module.state) {
      if (typeof key !== "string") continue;
      if (value instanceof TorchTensor && isWeight(key)) {
        weights.set(prefix + key, value.tensor());
        owners.set(prefix + key, module.className);
      } else if (value instanceof PickleObject && !seen.has(value)) {
        seen.add(value);
        children.push([value, `${prefix}${key}.`]);
      } else if (key === "training" && value === true) training.push(prefix.slice(0, -1));
      else if (key === "image_size") imageSizes.push(...sizesOf(value));
    }
    for (const child of children.reverse()) open.push(child);
  }
  return { weights, training, imageSizes, owners };
}

/** Which attributes of a class are weights: those that it declares; every tensor where it declares none. */
export function weightNames(syntax: ClassDefinition | undefined): (name: string) => boolean {
  const lists = [syntax?.constants.get("__parameters__"), syntax?.constants.get("__buffers__")];
  if (lists.every((list) => list === undefined)) return () => true;
  const names = new Set(lists.flatMap((list) => stringsIn(list)));
  return (name) => names.has(name);
}

function stringsIn(list: Expression | undefined): string[] {
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
}

function sizesOf(value: PickleValue): number[] {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "number" && Number.isInteger(first) && first > 0 ? [first] : [];
}
