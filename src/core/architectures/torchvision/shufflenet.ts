import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";

/** Blocks per stage; channels behind the stem, each stage and the last convolution. */
type Sizes = readonly [depths: readonly number[], widths: readonly number[]];

const known: Readonly<Record<string, Sizes>> = {
  shufflenet_v2_x0_5: [
    [4, 8, 4],
    [24, 48, 96, 192, 1024],
  ],
  shufflenet_v2_x1_0: [
    [4, 8, 4],
    [24, 116, 232, 464, 1024],
  ],
  shufflenet_v2_x1_5: [
    [4, 8, 4],
    [24, 176, 352, 704, 1024],
  ],
  shufflenet_v2_x2_0: [
    [4, 8, 4],
    [24, 244, 488, 976, 2048],
  ],
};

/** ShuffleNet v2. */
export const shufflenet: Family = (shapes) => {
  if (!shapes.has("conv1.0.weight", "stage2.0.branch1.0.weight", "conv5.0.weight", "fc.weight")) return;
  const stages = [2, 3, 4];
  const depths = stages.map((stage) => shapes.count((i) => `stage${stage}.${i}.branch2.0.weight`));
  const widths = [
    shapes.size("conv1.0.weight", 0),
    ...stages.map((stage) => 2 * shapes.size(`stage${stage}.0.branch2.0.weight`, 0)),
    shapes.size("conv5.0.weight", 0),
  ];
  return {
    name: nameOf(known, [depths, widths]) ?? `ShuffleNetV2 of ${depths.join("-")} blocks, ${widths.join("-")} wide`,
    assumed: "strides and poolings",
    channels: shapes.size("conv1.0.weight", 1),
    side: 224,
    build(layers, image) {
      const [first = 0, ...rest] = widths;
      let x = layers.within("conv1", () => convNormRelu(layers, 0, image, first, 3, 2));
      x = layers.maxPool("maxpool", x, { kernel: 3, stride: 2, padding: 1 });
      for (const [i, stage] of stages.entries()) {
        for (let block = 0; block < depths[i]!; block++) {
          x = layers.within(`stage${stage}.${block}`, () => unit(layers, x, rest[i]! / 2, block === 0));
        }
      }
      x = layers.within("conv5", () => convNormRelu(layers, 0, x, rest.at(-1)!, 1));
      return layers.linear("fc", layers.mean(x, [2, 3]), { bias: true });
    },
  };
};

/** Convolution, batch norm and ReLU as three modules in a row, from `index` on. */
function convNormRelu(layers: Layers, index: number, x: string, out: number, kernel: 1 | 3, stride: 1 | 2 = 1): string {
  const y = layers.conv2d(`${index}`, x, { out, kernel, stride, padding: (kernel - 1) / 2, bias: false });
  return layers.relu(`${index + 2}`, layers.batchNorm(`${index + 1}`, y));
}

/** A depthwise convolution and its batch norm. */
function depthwise(layers: Layers, index: number, x: string, stride: 1 | 2): string {
  const groups = layers.size(x, 1);
  const y = layers.conv2d(`${index}`, x, { out: groups, kernel: 3, stride, padding: 1, groups, bias: false });
  return layers.batchNorm(`${index + 1}`, y);
}

/** Two branches of `width` channels each, then shuffled. */
function unit(layers: Layers, x: string, width: number, shrinks: boolean): string {
  const stride = shrinks ? 2 : 1;
  const left = shrinks
    ? layers.within("branch1", () => convNormRelu(layers, 2, depthwise(layers, 0, x, 2), width, 1))
    : layers.slice(x, 1, 0, width);
  const start = shrinks ? x : layers.slice(x, 1, width, 2 * width);
  const right = layers.within("branch2", () => {
    const y = convNormRelu(layers, 0, start, width, 1);
    return convNormRelu(layers, 5, depthwise(layers, 3, y, stride), width, 1);
  });
  const both = layers.concat([left, right]);
  const [height, breadth] = [layers.size(both, 2), layers.size(both, 3)];
  const apart = layers.permute(layers.reshape(both, [0, 2, width, height, breadth]), [0, 2, 1, 3, 4]);
  return layers.reshape(apart, [0, 2 * width, height, breadth]);
}
