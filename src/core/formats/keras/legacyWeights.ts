import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Kinds } from "../../lowering/keras/layerKind.ts";
import type { Hdf5Object } from "../hdf5/file.ts";
import { bindListed, type ListedWeight } from "./bindByName.ts";
import type { Model } from "./model.ts";
import { weightedLayers } from "./weightSlots.ts";

const maximumNames = 200_000;

/**
 * Weights as Keras 2 writes them (and Keras 3 into `.h5`): one group per layer of the model, whose attribute
 * `weight_names` lists its data sets in order; a layer that holds others lists all of theirs.
 */
export class LegacyWeights {
  readonly #group: Hdf5Object;

  /** @param group the root of a file of weights, or `model_weights` of a whole model */
  constructor(group: Hdf5Object) {
    this.#group = group;
  }

  /** Whether a group is of this form. */
  static isIn(group: Hdf5Object): boolean {
    return longList(group, "layer_names") !== undefined;
  }

  /** Tensors by full name for a model's layers. @throws Failure as {@link bindListed} says */
  bind(model: Model, kinds: Kinds): ReadonlyMap<string, Tensor> {
    const bound = new Map<string, Tensor>();
    for (const layer of model.layers) {
      const inner = weightedLayers([layer], kinds);
      const listed = this.#listed(layer.name);
      if (inner.length === 0) continue;
      if (!listed) throw missing(layer.name);
      const one = inner.length === 1 && !layer.model ? inner[0] : undefined;
      // A layer's own weights stand in its own order, whatever their names are.
      const tensors =
        one && one.slots.length === listed.length
          ? new Map(one.slots.map(({ name }, i) => [`${one.path}/${name}`, listed[i]!.tensor]))
          : bindListed(inner, listed, `Layer "${layer.name}"`);
      for (const [name, tensor] of tensors) bound.set(name, tensor);
    }
    return bound;
  }

  /** All tensors, named by layer and weight. */
  all(): ReadonlyMap<string, Tensor> {
    const tensors = new Map<string, Tensor>();
    for (const layer of longList(this.#group, "layer_names") ?? []) {
      for (const { name, tensor } of this.#listed(layer) ?? []) {
        const readable = readableName(layer, name);
        tensors.set(tensors.has(readable) ? `${layer}/${name}` : readable, tensor);
      }
    }
    return tensors;
  }

  /** The weights of a layer; `undefined` where the file has no such layer. */
  #listed(layer: string): ListedWeight[] | undefined {
    const group = this.#group.get(layer);
    const names = group && longList(group, "weight_names");
    return names?.map((name) => {
      const tensor = group?.get(name)?.tensor();
      if (!tensor) throw missing(`${layer}/${name}`);
      return { name, tensor };
    });
  }
}

/** A list of texts, which Keras cuts into `name0`, `name1`, … where it is too long for one attribute. */
export function longList(group: Hdf5Object, name: string): readonly string[] | undefined {
  const whole = group.texts(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let i = 0; parts.length <= maximumNames; i++) {
    const part = group.texts(`${name}${i}`);
    if (!part) return i === 0 ? undefined : parts;
    parts.push(...part);
  }
  throw new Failure("h5/limit", "It lists more weights than any model has.");
}

/** `batch_1`, `batch_1_1/gamma:0` → `batch_1/gamma`: TensorFlow counts names up, and its tensors. */
function readableName(layer: string, name: string): string {
  const plain = name.replace(/:\d+$/, "");
  if (plain.startsWith(`${layer}/`)) return plain;
  const [first = "", ...rest] = plain.split("/");
  const isLayer = first.startsWith(`${layer}_`) && /^\d+$/.test(first.slice(layer.length + 1));
  return `${layer}/${isLayer && rest.length > 0 ? rest.join("/") : plain}`;
}

function missing(what: string): Failure {
  return new Failure("keras/missing-weights", `The file has no weights for "${what}".`, {
    hint: "Weights and architecture are of two different models.",
  });
}
