import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";

/** Kernel, stride, expansion and blocks of each stack. */
const stacks = [
  [3, 2, 3, 3],
  [5, 2, 3, 3],
  [5, 2, 6, 3],
  [3, 1, 6, 2],
  [5, 2, 6, 4],
  [3, 1, 6, 1],
] as const;

/** Channels of the two layers of the stem, then of each stack. */
const known: Readonly<Record<string, readonly number[]>> = {
  mnasnet0_5: [16, 8, 16, 24, 40, 48, 96, 160],
  mnasnet0_75: [24, 16, 24, 32, 64, 72, 144, 240],
  mnasnet1_0: [32, 16, 24, 40, 80, 96, 192, 320],
  mnasnet1_3: [40, 24, 32, 56, 104, 128, 248, 416],
};

/** MNASNet; also with the stem of its first version, which is as wide in all sizes. */
export const mnasnet: Family = (shapes) => {
  if (!shapes.has("layers.0.weight", "layers.8.0.layers.0.weight", "layers.14.weight", "classifier.1.weight")) return;
  const outs = stacks.map((_, i) => shapes.size(`layers.${8 + i}.0.layers.6.weight`, 0));
  const stem = [shapes.size("layers.0.weight", 0), shapes.size("layers.6.weight", 0)];
  const [first = 0, second = 0] = stem;
  return {
    name: nameOf(known, [...stem, ...outs]) ?? `MNASNet of ${[...stem, ...outs].join("-")} channels`,
    assumed: "strides",
    channels: shapes.size("layers.0.weight", 1),
    side: 224,
    build(layers, image) {
      const features = layers.within("layers", () => {
        let x = convNorm(layers, 0, image, first, 3, 2);
        x = layers.relu("5", convNorm(layers, 3, layers.relu("2", x), first, 3, 1, first));
        x = convNorm(layers, 6, x, second, 1);
        for (const [i, stack] of stacks.entries()) {
          const [kernel, stride, expansion, depth] = stack;
          for (let block = 0; block < depth; block++) {
            const sizes = { kernel, stride: block === 0 ? stride : 1, expansion, out: outs[i]! };
            x = layers.within(`${8 + i}.${block}`, () => invertedResidual(layers, x, sizes));
          }
        }
        return layers.relu("16", convNorm(layers, 14, x, 1280, 1));
      });
      return layers.linear("classifier.1", layers.mean(features, [2, 3]), { bias: true });
    },
  };
};

/** A convolution and its batch norm, modules in a row from `index` on. */
function convNorm(
  layers: Layers,
  index: number,
  x: string,
  out: number,
  kernel: number,
  stride: 1 | 2 = 1,
  groups = 1,
): string {
  const y = layers.conv2d(`${index}`, x, { out, kernel, stride, padding: (kernel - 1) / 2, groups, bias: false });
  return layers.batchNorm(`${index + 1}`, y);
}

interface Sizes {
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly expansion: number;
  readonly out: number;
}

function invertedResidual(layers: Layers, x: string, { kernel, stride, expansion, out }: Sizes): string {
  const channels = layers.size(x, 1);
  const wide = channels * expansion;
  const y = layers.within("layers", () => {
    const expanded = layers.relu("2", convNorm(layers, 0, x, wide, 1));
    const spread = layers.relu("5", convNorm(layers, 3, expanded, wide, kernel, stride, wide));
    return convNorm(layers, 6, spread, out, 1);
  });
  return stride === 1 && channels === out ? layers.add(y, x) : y;
}
