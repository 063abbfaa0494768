import type { Layers } from "../../lowering/layers/layers.ts";
import type { Network } from "./network.ts";

/**
 * Scores of words: a linear layer whose weight is that of the embeddings where the file holds none under its own name.
 * @param name of its module, in that which the builder is in.
 * @param table module of the embeddings, in the base.
 * @param bias name of its bias where it has none of its own; the bias may be missing.
 */
export function wordScores(
  { layers, config, base }: Network,
  x: string,
  name: string,
  table: string,
  bias?: string,
): string {
  const width = layers.size(x, -1);
  const isTied = !layers.has(`${name}.weight`) && config.flag("tie_word_embeddings", true);
  const outer = bias !== undefined && layers.has(bias) ? layers.path(bias) : undefined;
  return layers.within(name, () => {
    const words = `${table}.weight`;
    const weight = taken(layers, isTied ? joined(base, words) : layers.path("weight"), [undefined, width]);
    const shift = layers.has("bias") ? layers.path("bias") : outer;
    const out = layers.builder.tensorOf(weight)?.shape[0];
    return layers.affine(x, weight, shift === undefined ? undefined : taken(layers, shift, [out]));
  });
}

/** A parameter by its whole path. */
function taken({ builder, parameters }: Layers, path: string, expected: readonly (number | undefined)[]): string {
  return builder.weight(path, parameters.take(path, expected));
}

function joined(base: string, name: string): string {
  return base === "" ? name : `${base}.${name}`;
}
