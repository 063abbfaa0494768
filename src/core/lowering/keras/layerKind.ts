import type { Layer } from "../../formats/keras/model.ts";
import type { Settings } from "../../formats/keras/settings.ts";
import type { LayerCall } from "./layerCall.ts";
import type { KerasValue } from "./value.ts";

/** A weight that a layer makes, in the order in which it makes them. */
export interface WeightSlot {
  /** Name for people, within the layer: `kernel`, `query/kernel`. */
  readonly name: string;
  /** The object within the layer that holds it, as Keras 3 names it in files: empty for the layer itself, `cell`. */
  readonly holder: string;
  /** Keras lists what is trained before what is not. */
  readonly trainable: boolean;
}

/** Finds what is known of a layer's class; `undefined` where nothing is. */
export type Kinds = (layer: Layer) => LayerKind | undefined;

/** What is known of a class of layers: its weights, and how it computes. */
export interface LayerKind {
  /** None where it is left out. */
  readonly weights?: (settings: Settings, kinds: Kinds) => readonly WeightSlot[];
  /** Writes down one call. @returns its result; several for layers that also give states */
  readonly lower: (call: LayerCall) => KerasValue | readonly KerasValue[];
}

/** Weights that the layer holds itself and that are trained. */
export function trained(...names: readonly string[]): WeightSlot[] {
  return names.map((name) => ({ name, holder: "", trainable: true }));
}

/** Weights that the layer holds itself and that are statistics. */
export function statistics(...names: readonly string[]): WeightSlot[] {
  return names.map((name) => ({ name, holder: "", trainable: false }));
}

/** Weights of an object within the layer. */
export function heldBy(holder: string, prefix: string, slots: readonly WeightSlot[]): WeightSlot[] {
  return slots.map((slot) => ({
    ...slot,
    name: prefix === "" ? slot.name : `${prefix}/${slot.name}`,
    holder: [holder, slot.holder].filter((part) => part !== "").join("/"),
  }));
}

/** A kernel, and a bias unless the layer was told to have none. */
export function kernelAndBias(settings: Settings): WeightSlot[] {
  return trained("kernel", ...(settings.flag("use_bias", true) ? ["bias"] : []));
}
