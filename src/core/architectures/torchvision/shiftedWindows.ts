import { int } from "../../graph/attributes.ts";
import { float32Tensor, type Tensor } from "../../graph/tensor.ts";
import { attention, mergeHeads, splitHeads } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { relativePositionBias } from "./relativePositions.ts";

interface Windows {
  readonly heads: number;
  /** Side of a window. */
  readonly window: number;
  readonly shift: number;
  /** Version 2: scores are cosines, and a small network makes the bias. */
  readonly cosine: boolean;
}

/**
 * Swin's `ShiftedWindowAttention`, its module named `attn`: attention within windows of an image padded to whole windows,
 * which is turned by `shift` before and back after.
 * @param input batch × height × width × channels, as is the result.
 */
export function shiftedWindowAttention(layers: Layers, input: string, options: Windows): string {
  const { heads, window, cosine } = options;
  return layers.within("attn", () => {
    const { builder } = layers;
    const [height, breadth, width] = [1, 2, 3].map((axis) => layers.size(input, axis)) as [number, number, number];
    const [high, wide] = [height, breadth].map((size) => Math.ceil(size / window) * window) as [number, number];
    const isWhole = high === height && wide === breadth;
    let x = isWhole
      ? input
      : builder.add("Pad", [input, builder.ints([0, 0, 0, 0, 0, high - height, wide - breadth, 0])]);
    // An axis of one window is not turned.
    const shifts = [high, wide].map((size) => (window >= size ? 0 : options.shift)) as [number, number];
    x = roll(layers, roll(layers, x, 1, shifts[0]), 2, shifts[1]);

    const [rows, columns, tokens] = [high / window, wide / window, window * window];
    x = layers.permute(layers.reshape(x, [0, rows, window, columns, window, width]), [0, 1, 3, 2, 4, 5]);
    x = layers.reshape(x, [0, rows * columns, tokens, width]);
    const qkv = layers.affine(
      x,
      layers.parameter("qkv.weight", [3 * width, width]),
      projectionBias(layers, width, cosine),
    );
    const [q, k, v] = [0, 1, 2].map((part) =>
      splitHeads(layers, layers.slice(qkv, 3, part * width, (part + 1) * width), heads),
    ) as [string, string, string];

    const positions = cosine ? networkBias(layers, heads, window) : tableBias(layers, heads, window);
    const isTurned = shifts[0] + shifts[1] > 0;
    const mask = isTurned ? builder.constant(shiftMask(high, wide, window, shifts), layers.path("mask")) : undefined;
    const bias = mask === undefined ? positions : layers.add(positions, mask);
    const mixed = cosine
      ? attention(layers, [layers.mul(normalised(layers, q), cosineScale(layers, heads)), normalised(layers, k), v], {
          scale: 1,
          bias,
        })
      : attention(layers, [q, k, v], { bias });
    const weight = layers.parameter("proj.weight", [width, width]);
    x = layers.affine(mergeHeads(layers, mixed), weight, layers.parameter("proj.bias", [width]));

    x = layers.permute(layers.reshape(x, [0, rows, columns, window, window, width]), [0, 1, 3, 2, 4, 5]);
    x = layers.reshape(x, [0, high, wide, width]);
    x = roll(layers, roll(layers, x, 1, high - shifts[0]), 2, wide - shifts[1]);
    return isWhole ? x : layers.slice(layers.slice(x, 1, 0, height), 2, 0, breadth);
  });
}

/** Turns an axis to the left, `torch.roll(x, -by)`. */
function roll(layers: Layers, x: string, axis: number, by: number): string {
  const size = layers.size(x, axis);
  if (by % size === 0) return x;
  return layers.concat([layers.slice(x, axis, by, size), layers.slice(x, axis, 0, by)], axis);
}

/** Bias of queries, keys and values; version 2 ignores that of the keys. */
function projectionBias(layers: Layers, width: number, cosine: boolean): string {
  const bias = layers.parameter("qkv.bias", [3 * width]);
  if (!cosine) return bias;
  const withoutKeys = Float32Array.from({ length: 3 * width }, (_, i) => (i >= width && i < 2 * width ? 0 : 1));
  return layers.mul(bias, layers.builder.constant(float32Tensor([3 * width], withoutKeys)));
}

function tableBias(layers: Layers, heads: number, window: number): string {
  const table = layers.parameter("relative_position_bias_table", [(2 * window - 1) ** 2, heads]);
  return relativePositionBias(layers, table, window * window, true);
}

function networkBias(layers: Layers, heads: number, window: number): string {
  const span = 2 * window - 1;
  const places = layers.parameter("relative_coords_table", [1, span, span, 2]);
  const table = layers.within("cpb_mlp", () => {
    const hidden = layers.relu("1", layers.linear("0", places, { bias: true }));
    return layers.linear("2", hidden, { out: heads, bias: false });
  });
  const bias = relativePositionBias(layers, layers.reshape(table, [-1, heads]), window * window, true);
  return layers.mul(layers.sigmoid("", bias), layers.builder.floats(16));
}

/** Vectors of length 1, `F.normalize`. */
function normalised(layers: Layers, x: string): string {
  const { builder } = layers;
  const length = builder.add("ReduceL2", [x, builder.ints([-1])], { keepdims: int(1) });
  return builder.add("Div", [x, builder.add("Clip", [length, builder.floats(1e-12)])]);
}

function cosineScale(layers: Layers, heads: number): string {
  const { builder } = layers;
  const scale = layers.parameter("logit_scale", [heads, 1, 1]);
  return builder.add("Exp", [builder.add("Clip", [scale, "", builder.floats(Math.log(100))])]);
}

/**
 * −100 between positions that are no neighbours but for the turning.
 * @returns windows × 1 × tokens × tokens.
 */
function shiftMask(high: number, wide: number, window: number, [down, right]: readonly [number, number]): Tensor {
  const region = (position: number, size: number, shift: number) => {
    if (shift === 0) return position < size - window ? 0 : 2;
    return position < size - window ? 0 : position < size - shift ? 1 : 2;
  };
  const [rows, columns, tokens] = [high / window, wide / window, window * window];
  const mask = new Float32Array(rows * columns * tokens * tokens);
  for (let at = 0; at < rows * columns; at++) {
    const regions = Array.from({ length: tokens }, (_, token) => {
      const y = Math.floor(at / columns) * window + Math.floor(token / window);
      const x = (at % columns) * window + (token % window);
      return 3 * region(y, high, down) + region(x, wide, right);
    });
    for (const [i, a] of regions.entries()) {
      for (const [j, b] of regions.entries()) if (a !== b) mask[(at * tokens + i) * tokens + j] = -100;
    }
  }
  return float32Tensor([rows * columns, 1, tokens, tokens], mask);
}
