import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";
import { shiftedWindowAttention } from "./shiftedWindows.ts";

interface Sizes {
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly window: number;
}

const small = { width: 96, heads: [3, 6, 12, 24] };
const large = { width: 128, heads: [4, 8, 16, 32] };

const sizes = ({ width, heads }: typeof small, depths: readonly number[], window: number): Sizes => ({
  width,
  depths,
  heads,
  window,
});

/** Of version 1. */
const known: Readonly<Record<string, Sizes>> = {
  swin_t: sizes(small, [2, 2, 6, 2], 7),
  swin_s: sizes(small, [2, 2, 18, 2], 7),
  swin_b: sizes(large, [2, 2, 18, 2], 7),
};

const knownV2: Readonly<Record<string, Sizes>> = {
  swin_v2_t: sizes(small, [2, 2, 6, 2], 8),
  swin_v2_s: sizes(small, [2, 2, 18, 2], 8),
  swin_v2_b: sizes(large, [2, 2, 18, 2], 8),
};

/** Swin Transformer, versions 1 and 2. Everything between stem and pooling is batch × height × width × channels. */
export const swin: Family = (shapes) => {
  const stem = shapes.of("features.0.0.weight");
  const first = "features.1.0.attn";
  if (stem?.[2] !== 4 || !shapes.has(`${first}.qkv.weight`, `${first}.relative_position_index`, "head.weight")) return;
  const second = shapes.has(`${first}.logit_scale`);
  const depths: number[] = [];
  const module = () => 2 * depths.length + 1;
  while (shapes.has(`features.${module()}.0.norm1.weight`)) {
    depths.push(shapes.count((i) => `features.${module()}.${i}.norm1.weight`));
  }
  const heads = depths.map((_, stage) => {
    const attention = `features.${2 * stage + 1}.0.attn`;
    return second
      ? shapes.size(`${attention}.logit_scale`, 0)
      : shapes.size(`${attention}.relative_position_bias_table`, 1);
  });
  const span = second
    ? shapes.size(`${first}.relative_coords_table`, 1)
    : Math.sqrt(shapes.size(`${first}.relative_position_bias_table`, 0));
  const found = { width: stem[0] ?? 0, depths, heads, window: (span + 1) / 2 };
  if (!Number.isInteger(found.window) || heads.includes(0)) return;
  return {
    name:
      nameOf(second ? knownV2 : known, found) ?? `SwinTransformer of ${depths.join("-")} blocks, ${found.width} wide`,
    assumed: "windows shifted by half in every second block, the activation (GELU) and the norms' epsilon of 0.00001",
    channels: stem[1] ?? 0,
    side: second ? 256 : 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = layers.within("0", () => {
          const patches = layers.conv2d("0", image, { out: found.width, kernel: 4, stride: 4, bias: true });
          return layers.layerNorm("2", layers.permute(patches, [0, 2, 3, 1]));
        });
        for (const [stage, depth] of depths.entries()) {
          if (stage > 0) x = layers.within(`${2 * stage}`, () => patchMerging(layers, x, second));
          for (let i = 0; i < depth; i++) {
            const options = {
              heads: heads[stage]!,
              window: found.window,
              shift: i % 2 === 0 ? 0 : Math.floor(found.window / 2),
              cosine: second,
            };
            x = layers.within(`${2 * stage + 1}.${i}`, () => block(layers, x, options));
          }
        }
        return x;
      });
      const normed = layers.permute(layers.layerNorm("norm", features), [0, 3, 1, 2]);
      return layers.linear("head", layers.flatten(layers.adaptiveAvgPool("avgpool", normed)), { bias: true });
    },
  };
};

/** Norms stand before the layers in version 1, behind them in version 2. */
function block(layers: Layers, input: string, options: Parameters<typeof shiftedWindowAttention>[2]): string {
  const width = layers.size(input, -1);
  const norm = (name: string, x: string, isBefore: boolean) =>
    isBefore === options.cosine ? x : layers.layerNorm(name, x);
  const attended = shiftedWindowAttention(layers, norm("norm1", input, true), options);
  const x = layers.add(input, norm("norm1", attended, false));
  const y = norm("norm2", x, true);
  const mixed = layers.within("mlp", () => {
    const wide = layers.gelu("1", layers.linear("0", y, { out: 4 * width, bias: true }));
    return layers.linear("3", wide, { out: width, bias: true });
  });
  return layers.add(x, norm("norm2", mixed, false));
}

/** Each four neighbours become one, with twice the channels. */
function patchMerging(layers: Layers, x: string, second: boolean): string {
  const { builder } = layers;
  const [height, breadth, width] = [1, 2, 3].map((axis) => layers.size(x, axis)) as [number, number, number];
  const isEven = height % 2 === 0 && breadth % 2 === 0;
  const even = isEven ? x : builder.add("Pad", [x, builder.ints([0, 0, 0, 0, 0, height % 2, breadth % 2, 0])]);
  const quarter = (row: 0 | 1, column: 0 | 1) => {
    const inputs = [
      [row, column],
      [height + 1, breadth + 1],
      [1, 2],
      [2, 2],
    ].map((each) => builder.ints(each));
    return builder.add("Slice", [even, ...inputs]);
  };
  const merged = layers.concat([quarter(0, 0), quarter(1, 0), quarter(0, 1), quarter(1, 1)], 3);
  const reduce = (y: string) => layers.linear("reduction", y, { out: 2 * width, bias: false });
  return second ? layers.layerNorm("norm", reduce(merged)) : reduce(layers.layerNorm("norm", merged));
}
