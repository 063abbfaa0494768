import { Failure } from "../../failure.ts";
import type { Layers } from "./layers.ts";

/**
 * Scaled dot-product attention, `softmax(q kᵀ · scale + bias) v`.
 * @param q, k, v … × tokens × features of a head; k and v may have another number of tokens.
 * @param options.scale features^(−½) where not given.
 * @param options.bias added to the scores: a mask, relative positions; broadcasts to … × tokens × tokens.
 */
export function attention(
  layers: Layers,
  [q, k, v]: readonly [q: string, k: string, v: string],
  options: { readonly scale?: number; readonly bias?: string } = {},
): string {
  const { builder } = layers;
  const { scale = layers.size(q, -1) ** -0.5, bias } = options;
  const rank = builder.shapeOf(k).length;
  const turned = layers.permute(k, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  const products = builder.add("MatMul", [scale === 1 ? q : layers.mul(q, builder.floats(scale)), turned]);
  const scores = bias === undefined ? products : layers.add(products, bias);
  return builder.add("MatMul", [layers.softmax("", scores), v]);
}

/** … × tokens × (heads · features) → … × heads × tokens × features. Sizes before the tokens must be known, but for the first. */
export function splitHeads(layers: Layers, x: string, heads: number): string {
  const rank = layers.builder.shapeOf(x).length;
  if (layers.size(x, -1) % heads !== 0) {
    throw new Failure("architecture/weight-shape", `${layers.size(x, -1)} features of ${x} are not ${heads} heads.`);
  }
  const apart = layers.reshape(x, [...new Array<number>(rank - 1).fill(0), heads, layers.size(x, -1) / heads]);
  return layers.permute(apart, [...Array(rank - 2).keys(), rank - 1, rank - 2, rank]);
}

/** … × heads × tokens × features → … × tokens × (heads · features). */
export function mergeHeads(layers: Layers, x: string): string {
  const rank = layers.builder.shapeOf(x).length;
  const together = layers.permute(x, [...Array(rank - 3).keys(), rank - 2, rank - 3, rank - 1]);
  return layers.reshape(together, [...new Array<number>(rank - 2).fill(0), layers.size(x, -1) * layers.size(x, -3)]);
}

/** `MultiheadAttention` of tokens among themselves, batch first: `in_proj_weight`, `in_proj_bias`, `out_proj`. */
export function multiHeadAttention(layers: Layers, name: string, x: string, heads: number): string {
  return layers.within(name, () => {
    const width = layers.size(x, -1);
    const weight = layers.parameter("in_proj_weight", [3 * width, width]);
    const projected = layers.affine(x, weight, layers.parameter("in_proj_bias", [3 * width]));
    const [q, k, v] = [0, 1, 2].map((part) =>
      splitHeads(layers, layers.slice(projected, -1, part * width, (part + 1) * width), heads),
    ) as [string, string, string];
    const mixed = mergeHeads(layers, attention(layers, [q, k, v]));
    // PyTorch calls this one as a function, so that what leaves is the attention's own.
    const outWeight = layers.parameter("out_proj.weight", [width, width]);
    return layers.affine(mixed, outWeight, layers.parameter("out_proj.bias", [width]));
  });
}
