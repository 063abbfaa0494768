import type { Layers } from "../../lowering/layers/layers.ts";

/**
 * What a table says of each pair of positions in a window, looked up by the module's own `relative_position_index`.
 * @param table entries × heads. @param tokens positions in a window.
 * @param flat whether the index is one list (Swin) or a square (MaxViT).
 * @returns heads × tokens × tokens.
 */
export function relativePositionBias(layers: Layers, table: string, tokens: number, flat: boolean): string {
  const { builder } = layers;
  const path = layers.path("relative_position_index");
  const shape = flat ? [tokens * tokens] : [tokens, tokens];
  const index = builder.weight(path, layers.parameters.takeBuffer(path, shape));
  const gathered = builder.add("Gather", [table, index]);
  return layers.permute(layers.reshape(gathered, [tokens, tokens, -1]), [2, 0, 1]);
}
