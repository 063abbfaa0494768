import { attention, mergeHeads, splitHeads } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";

/** Names of the projections in a module of self-attention. */
export interface ProjectionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
}

/** As BERT and ViT name them. */
export const usualProjections: ProjectionNames = { query: "query", key: "key", value: "value" };

/**
 * Self-attention of tokens, heads merged again, before any projection of the output.
 * @param bias added to the scores.
 */
export function selfAttention(
  layers: Layers,
  x: string,
  heads: number,
  { query, key, value }: ProjectionNames = usualProjections,
  bias?: string,
): string {
  const out = layers.size(x, -1);
  const [q, k, v] = [query, key, value].map((name) => splitHeads(layers, layers.linear(name, x, { out }), heads));
  return mergeHeads(layers, attention(layers, [q!, k!, v!], { ...(bias !== undefined && { bias }) }));
}
