import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { FamilyNetwork } from "./family.ts";

/** What the robustness library wraps around a network. */
export interface Wrapped {
  /** The network's own weights, under their own names. */
  readonly inner: WeightSet;
  /** Whether a normalisation of the input is part of the checkpoint. */
  readonly normalises: boolean;
}

const mean = "normalizer.new_mean";
const deviation = "normalizer.new_std";

/**
 * Takes the network out of the robustness library's attacker model: `model.…`, a copy of it in `attacker.model.…`, and
 * the normalisation in `normalizer`.
 */
export function unwrapped(weights: WeightSet): Wrapped {
  const normalises = weights.tensors.has(mean) && weights.tensors.has(deviation);
  const isWrapped = normalises || [...weights.tensors.keys()].some((name) => name.startsWith("attacker."));
  if (!isWrapped) return { inner: weights, normalises: false };
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of weights.tensors) {
    if (name.startsWith("attacker.") || (!normalises && name.startsWith("normalizer."))) continue;
    tensors.set(name.replace(/^model\./, ""), tensor);
  }
  return { inner: { ...weights, tensors }, normalises };
}

/** The network behind (x − mean) / standard deviation, which the checkpoint holds. */
export function normalised(network: FamilyNetwork): FamilyNetwork {
  return {
    ...network,
    name: `${network.name} behind the robustness library's normalisation`,
    known: `${network.known} The normalisation of the input is in the checkpoint.`,
    build(layers, image) {
      const channels = network.usualShape[0];
      const x = layers.within("normalizer", () => {
        const shape = [channels, 1, 1];
        const centred = layers.builder.add("Sub", [image, layers.parameter("new_mean", shape)]);
        return layers.builder.add("Div", [centred, layers.parameter("new_std", shape)]);
      });
      return network.build(layers, x);
    },
  };
}
