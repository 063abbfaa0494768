import { Failure } from "../../failure.ts";
import { attention, mergeHeads, splitHeads } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { convNorm, gelu, silu, squeezeExcitation } from "./blocks.ts";
import { type Family, nameOf } from "./network.ts";
import { relativePositionBias } from "./relativePositions.ts";

interface Sizes {
  readonly stem: number;
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  /** Features of a head. */
  readonly head: number;
  /** Side of a window, and of the grid. */
  readonly window: number;
}

const known: Readonly<Record<string, Sizes>> = {
  maxvit_t: { stem: 64, widths: [64, 128, 256, 512], depths: [2, 2, 5, 2], head: 32, window: 7 },
};

const eps = 0.001;

/** MaxViT: convolutions, attention in windows and attention over a grid in turn. */
export const maxvit: Family = (shapes) => {
  const layerOf = (block: number, layer: number) => `blocks.${block}.layers.${layer}.layers`;
  const table = `${layerOf(0, 0)}.window_attention.attn_layer.1.relative_position_bias_table`;
  if (!shapes.has("stem.0.0.weight", table, "classifier.5.weight")) return;
  const norm = (block: number, layer: number) => `${layerOf(block, layer)}.MBconv.layers.conv_c.weight`;
  const depths = Array.from({ length: shapes.count((block) => norm(block, 0)) }, (_, block) =>
    shapes.count((layer) => norm(block, layer)),
  );
  const widths = depths.map((_, block) => shapes.size(norm(block, 0), 0));
  const window = (Math.sqrt(shapes.size(table, 0)) + 1) / 2;
  const stem = shapes.size("stem.0.0.weight", 0);
  const found = { stem, widths, depths, head: (widths[0] ?? 0) / shapes.size(table, 1), window };
  if (!Number.isInteger(window) || !Number.isInteger(found.head)) return;
  return {
    name: nameOf(known, found) ?? `MaxVit of ${depths.join("-")} layers, ${widths.join("-")} wide`,
    assumed: "strides, activations, and the batch norms' epsilon of 0.001",
    channels: shapes.size("stem.0.0.weight", 1),
    side: window * 2 ** (depths.length + 1),
    build(layers, image) {
      let x = layers.within("stem", () => {
        const first = convNorm(layers, "0", image, { out: stem, kernel: 3, stride: 2, eps, activation: gelu });
        return layers.conv2d("1.0", first, { out: stem, kernel: 3, padding: 1, bias: true });
      });
      for (const [block, depth] of depths.entries()) {
        for (let i = 0; i < depth; i++) {
          x = layers.within(layerOf(block, i), () => {
            let y = layers.within("MBconv", () => mbConv(layers, x, widths[block]!, i === 0 ? 2 : 1));
            y = layers.within("window_attention", () => partitionAttention(layers, y, found, false));
            return layers.within("grid_attention", () => partitionAttention(layers, y, found, true));
          });
        }
      }
      return layers.within("classifier", () => {
        const pooled = layers.layerNorm("2", layers.flatten(layers.adaptiveAvgPool("0", x)));
        const inner = layers.tanh("4", layers.linear("3", pooled, { out: widths.at(-1)!, bias: true }));
        return layers.linear("5", inner, { bias: false });
      });
    },
  };
};

function mbConv(layers: Layers, x: string, out: number, stride: 1 | 2): string {
  const wide = 4 * out;
  const shortcut = layers.within("proj", () => {
    if (stride === 1) return x;
    const pooled = layers.avgPool("0", x, { kernel: 3, stride, padding: 1 });
    return layers.conv2d("1", pooled, { out, kernel: 1, bias: true });
  });
  const y = layers.within("layers", () => {
    let inner = layers.batchNorm("pre_norm", x, eps);
    inner = convNorm(layers, "conv_a", inner, { out: wide, kernel: 1, eps, activation: gelu });
    inner = convNorm(layers, "conv_b", inner, { out: wide, kernel: 3, stride, groups: wide, eps, activation: gelu });
    const options = { squeeze: Math.floor(out / 4), activation: silu };
    inner = squeezeExcitation(layers, "squeeze_excitation", inner, options);
    return layers.conv2d("conv_c", inner, { out, kernel: 1, bias: true });
  });
  return layers.add(shortcut, y);
}

/**
 * Attention within windows of neighbours, or (`grid`) among positions that are a grid's step apart.
 * @param x batch × channels × height × width, as is the result; sides must be multiples of the window.
 */
function partitionAttention(layers: Layers, input: string, { head, window }: Sizes, grid: boolean): string {
  const [width, height, breadth] = [1, 2, 3].map((axis) => layers.size(input, axis)) as [number, number, number];
  if (height % window !== 0 || breadth % window !== 0) {
    throw new Failure(
      "architecture/sample-shape",
      `Maps of ${height} × ${breadth} are not whole windows of ${window}.`,
      {
        hint: "Sides of an image must be multiples of what the network is used with.",
      },
    );
  }
  const [p, q] = grid ? [height / window, breadth / window] : [window, window];
  const [rows, columns] = [height / p, breadth / q];
  let x = layers.permute(layers.reshape(input, [0, width, rows, p, columns, q]), [0, 2, 4, 3, 5, 1]);
  x = layers.reshape(x, [0, rows * columns, p * q, width]);
  if (grid) x = layers.permute(x, [0, 2, 1, 3]);
  x = layers.add(
    x,
    layers.within("attn_layer", () => relativeAttention(layers, x, width / head, window)),
  );
  const mixed = layers.within("mlp_layer", () => {
    const wide = layers.gelu("2", layers.linear("1", layers.layerNorm("0", x), { out: 4 * width, bias: true }));
    return layers.linear("3", wide, { out: width, bias: true });
  });
  x = layers.add(x, mixed);
  if (grid) x = layers.permute(x, [0, 2, 1, 3]);
  x = layers.permute(layers.reshape(x, [0, rows, columns, p, q, width]), [0, 5, 1, 3, 2, 4]);
  return layers.reshape(x, [0, width, height, breadth]);
}

function relativeAttention(layers: Layers, input: string, heads: number, window: number): string {
  const normed = layers.layerNorm("0", input);
  return layers.within("1", () => {
    const width = layers.size(normed, -1);
    const tokens = window * window;
    const qkv = layers.linear("to_qkv", normed, { out: 3 * width, bias: true });
    const [q, k, v] = [0, 1, 2].map((part) =>
      splitHeads(layers, layers.slice(qkv, 3, part * width, (part + 1) * width), heads),
    ) as [string, string, string];
    const table = layers.parameter("relative_position_bias_table", [(2 * window - 1) ** 2, heads]);
    const bias = relativePositionBias(layers, table, tokens, false);
    // Scaled by the width of all heads, not of one.
    const mixed = mergeHeads(layers, attention(layers, [q, k, v], { scale: width ** -0.5, bias }));
    return layers.linear("merge", mixed, { out: width, bias: true });
  });
}
