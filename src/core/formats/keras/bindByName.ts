import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { listedNames, type WeightedLayer } from "./weightSlots.ts";

/** A weight as a file lists it: `block1/conv/kernel:0`. */
export interface ListedWeight {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Gives listed weights to layers: by the layer's name among the parts of the weight's name where all agree, else by
 * Keras's order of counting.
 * @param owner whose weights these are, for the failure
 * @returns tensors by full name
 * @throws Failure `keras/missing-weights`, `keras/unused-weights` where there are fewer or more weights than layers make
 */
export function bindListed(
  layers: readonly WeightedLayer[],
  listed: readonly ListedWeight[],
  owner: string,
): ReadonlyMap<string, Tensor> {
  return byName(layers, listed) ?? byOrder(layers, listed, owner);
}

function byName(
  layers: readonly WeightedLayer[],
  listed: readonly ListedWeight[],
): ReadonlyMap<string, Tensor> | undefined {
  const byPart = new Map<string, ListedWeight[]>();
  for (const weight of listed) {
    // Names of layers may hold slashes: every run of parts before the last counts.
    const parts = weight.name.split("/").slice(0, -1).slice(0, 8);
    const runs = parts.flatMap((_, i) => parts.slice(i).map((__, length) => parts.slice(i, i + length + 1).join("/")));
    for (const run of new Set(runs)) {
      const known = byPart.get(run);
      if (known) known.push(weight);
      else byPart.set(run, [weight]);
    }
  }
  const bound = new Map<string, Tensor>();
  for (const { layer, path, slots } of layers) {
    const own = byPart.get(layer.name) ?? [];
    if (own.length !== slots.length) return undefined;
    for (const [i, slot] of slots.entries()) bound.set(`${path}/${slot.name}`, own[i]!.tensor);
  }
  return bound.size === listed.length ? bound : undefined;
}

function byOrder(
  layers: readonly WeightedLayer[],
  listed: readonly ListedWeight[],
  owner: string,
): ReadonlyMap<string, Tensor> {
  const names = listedNames(layers);
  if (names.length !== listed.length) {
    const code = listed.length < names.length ? "keras/missing-weights" : "keras/unused-weights";
    throw new Failure(code, `${owner} takes ${names.length} weights, but the file has ${listed.length} for it.`, {
      hint: "Weights and architecture are of two different models.",
    });
  }
  return new Map(names.map((name, i) => [name, listed[i]!.tensor]));
}
