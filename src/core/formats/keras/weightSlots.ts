import type { Kinds, WeightSlot } from "../../lowering/keras/layerKind.ts";
import type { Layer, Model } from "./model.ts";

/** A layer that is no model, with the weights it makes. */
export interface WeightedLayer {
  readonly layer: Layer;
  /** Names of the models around it, and its own, joined by `/`. */
  readonly path: string;
  readonly slots: readonly WeightSlot[];
  /** Whether it, and every model around it, was being trained. */
  readonly trainable: boolean;
}

/** Layers of a model that make weights, those of models within it included, in the order in which weights are counted. */
export function weightedLayers(layers: readonly Layer[], kinds: Kinds, path = "", trainable = true): WeightedLayer[] {
  return layers.flatMap((layer) => {
    const at = path === "" ? layer.name : `${path}/${layer.name}`;
    const isTrained = trainable && layer.settings.raw("trainable") !== false;
    if (layer.model) return weightedLayers(layer.model.layers, kinds, at, isTrained);
    const slots = kinds(layer)?.weights?.(layer.settings, kinds) ?? [];
    return slots.length === 0 ? [] : [{ layer, path: at, slots, trainable: isTrained }];
  });
}

/** Full names of all weights of a model. */
export function weightNames(model: Model, kinds: Kinds): string[] {
  return weightedLayers(model.layers, kinds).flatMap(({ path, slots }) => slots.map(({ name }) => `${path}/${name}`));
}

/**
 * Full names in the order in which Keras lists the weights of a layer that holds others: what is trained, then the rest.
 */
export function listedNames(layers: readonly WeightedLayer[]): string[] {
  const all = layers.flatMap(({ path, slots, trainable }) =>
    slots.map((slot) => ({ name: `${path}/${slot.name}`, first: trainable && slot.trainable })),
  );
  return [...all.filter(({ first }) => first), ...all.filter(({ first }) => !first)].map(({ name }) => name);
}
