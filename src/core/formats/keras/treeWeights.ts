import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Kinds, WeightSlot } from "../../lowering/keras/layerKind.ts";
import type { Hdf5Object } from "../hdf5/file.ts";
import type { Layer, Model } from "./model.ts";

/** Containers of a model's layers: Keras 3's, and that of its predecessor in TensorFlow 2.12 and 2.13. */
const containers = ["layers", "_layer_checkpoint_dependencies"] as const;

/** What stands beside the weights and is none of the model's. */
const asides: ReadonlySet<string> = new Set(
  "optimizer _optimizer seed_generator generator _random_generator metrics loss".split(" "),
);
const maximumObjects = 200_000;
const maximumDepth = 64;

/**
 * Weights as Keras 3 writes them: a tree of objects, each with its variables in `vars/0`, `vars/1`, …. Layers go by their
 * class, counted up in the model's order, not by their names (`keras/src/saving/saving_lib.py`).
 */
export class TreeWeights {
  readonly #roots: readonly Hdf5Object[];

  /** @param roots of the files that the weights are spread over */
  constructor(roots: readonly Hdf5Object[]) {
    this.#roots = roots;
  }

  /** Whether a file's root is of this form. */
  static isIn(root: Hdf5Object): boolean {
    return root.names().includes("vars") || containers.some((name) => root.names().includes(name));
  }

  /** Tensors by full name for a model's layers. @throws Failure `keras/missing-weights`, `keras/unused-weights` */
  bind(model: Model, kinds: Kinds): ReadonlyMap<string, Tensor> {
    const bound = new Map<string, Tensor>();
    this.#bindModel(model.layers, this.#roots, "", kinds, bound);
    // A weight that no layer takes is one that its layer computes with, or of another model.
    const held = [...this.all().keys()].filter((path) => containers.some((name) => path.startsWith(`${name}/`)));
    if (held.length > bound.size) {
      throw new Failure(
        "keras/unused-weights",
        `The model's layers take ${bound.size} weights, but the file has ${held.length} for layers.`,
        { hint: "Weights and architecture are of two different models." },
      );
    }
    return bound;
  }

  /** All tensors, named by their places in the tree without `vars`. */
  all(): ReadonlyMap<string, Tensor> {
    const tensors = new Map<string, Tensor>();
    for (const root of this.#roots) collect(root, tensors);
    return tensors;
  }

  #bindModel(
    layers: readonly Layer[],
    groups: readonly Hdf5Object[],
    path: string,
    kinds: Kinds,
    bound: Map<string, Tensor>,
  ): void {
    const holders = children(groups, containers);
    const counts = new Map<string, number>();
    for (const layer of layers) {
      const at = path === "" ? layer.name : `${path}/${layer.name}`;
      // Operations between layers are no layers, and are not counted.
      if (/\bops\b/.test(layer.module)) continue;
      const base = snakeCase(layer.className);
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const own = children(holders, [count === 0 ? base : `${base}_${count}`]);
      if (layer.model) this.#bindModel(layer.model.layers, own, at, kinds, bound);
      else bindLayer(kinds(layer)?.weights?.(layer.settings, kinds) ?? [], own, at, bound);
    }
  }
}

function bindLayer(
  slots: readonly WeightSlot[],
  groups: readonly Hdf5Object[],
  path: string,
  bound: Map<string, Tensor>,
): void {
  const counts = new Map<string, number>();
  for (const { name, holder } of slots) {
    const index = counts.get(holder) ?? 0;
    counts.set(holder, index + 1);
    const parts = holder.split("/").filter((part) => part !== "");
    // An attribute that Python code marks as private is found under its own name.
    const held = parts.reduce((found, part) => children(found, [part, `_${part}`]), groups);
    const [variable] = children(children(held, ["vars"]), [`${index}`]);
    const tensor = variable?.tensor();
    if (!tensor) {
      throw new Failure("keras/missing-weights", `The file has no weight "${path}/${name}".`, {
        hint: "Weights and architecture are of two different models.",
      });
    }
    bound.set(`${path}/${name}`, tensor);
  }
}

/** What stands in any of the groups under the first of the names that is there. */
function children(groups: readonly Hdf5Object[], names: readonly string[]): Hdf5Object[] {
  return groups.flatMap((group) => {
    const found = names.map((name) => group.get(name)).find((each) => each !== undefined);
    return found ? [found] : [];
  });
}

/** Every data set of numbers below a group. */
export function collect(root: Hdf5Object, into: Map<string, Tensor>): void {
  const seen = new Set([root.address]);
  const waiting = [{ object: root, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { object, depth } = next;
    if (object.isDataset) {
      const tensor = object.tensor();
      if (tensor) into.set(object.path.replace(/(^|\/)vars\/(?=\d+$)/, "$1"), tensor);
      continue;
    }
    for (const name of inOrder(object.names()).reverse()) {
      const child = asides.has(name) ? undefined : object.get(name);
      // Two names for one object would be the same weights twice.
      if (!child || seen.has(child.address)) continue;
      seen.add(child.address);
      if (seen.size > maximumObjects || depth > maximumDepth) {
        throw new Failure("h5/limit", "It holds more objects, or more deeply nested ones, than any model.");
      }
      waiting.push({ object: child, depth: depth + 1 });
    }
  }
}

/** Names with their numbers in order: `dense`, `dense_1`, …, `dense_10`. */
function inOrder(names: readonly string[]): string[] {
  const number = (name: string) => Number(/(\d+)$/.exec(name)?.[1] ?? -1);
  const stem = (name: string) => name.replace(/\d+$/, "");
  return [...names].sort((a, b) => (stem(a) === stem(b) ? number(a) - number(b) : a < b ? -1 : 1));
}

/** `BatchNormalization` → `batch_normalization`, as Keras names files after classes. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
