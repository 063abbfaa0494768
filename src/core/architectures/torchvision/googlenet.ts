import type { Layers } from "../../lowering/layers/layers.ts";
import { basicConv, claimBasicConv, claimLinear, untransformedInput } from "./basicConv.ts";
import type { Family } from "./network.ts";

/** 1 × 1; 3 × 3 reduced, 3 × 3; "5 × 5" reduced, "5 × 5" (which torchvision made 3 × 3); behind the pooling. */
type Widths = readonly [number, number, number, number, number, number];

const modules: readonly (readonly [string, Widths] | readonly [string, 2 | 3])[] = [
  ["inception3a", [64, 96, 128, 16, 32, 32]],
  ["inception3b", [128, 128, 192, 32, 96, 64]],
  ["maxpool3", 3],
  ["inception4a", [192, 96, 208, 16, 48, 64]],
  ["inception4b", [160, 112, 224, 24, 64, 64]],
  ["inception4c", [128, 128, 256, 24, 64, 64]],
  ["inception4d", [112, 144, 288, 32, 64, 64]],
  ["inception4e", [256, 160, 320, 32, 128, 128]],
  ["maxpool4", 2],
  ["inception5a", [256, 160, 320, 32, 128, 128]],
  ["inception5b", [384, 192, 384, 48, 128, 128]],
];

/** GoogLeNet (Inception v1 with batch norm); its auxiliary classifiers serve training only. */
export const googlenet: Family = (shapes) => {
  if (!shapes.has("inception3a.branch1.conv.weight", "conv1.conv.weight", "fc.weight")) return;
  return {
    name: "googlenet",
    assumed: `strides and poolings, and ${untransformedInput}`,
    channels: shapes.size("conv1.conv.weight", 1),
    side: 224,
    build(layers, image) {
      let x = basicConv(layers, "conv1", image, 64, 7, { stride: 2, padding: 3 });
      x = layers.maxPool("maxpool1", x, { kernel: 3, stride: 2, ceil: true });
      x = basicConv(layers, "conv3", basicConv(layers, "conv2", x, 64, 1), 192, 3, { padding: 1 });
      x = layers.maxPool("maxpool2", x, { kernel: 3, stride: 2, ceil: true });
      for (const [name, what] of modules) {
        x =
          typeof what === "number"
            ? layers.maxPool(name, x, { kernel: what, stride: 2, ceil: true })
            : layers.within(name, () => inception(layers, x, what));
      }
      return layers.linear("fc", layers.flatten(layers.adaptiveAvgPool("avgpool", x)), { bias: true });
    },
    training(layers) {
      for (const [name, channels] of [
        ["aux1", 512],
        ["aux2", 528],
      ] as const) {
        if (!layers.has(`${name}.fc2.weight`)) continue;
        layers.within(name, () => {
          claimBasicConv(layers, "conv", channels, 128, 1);
          claimLinear(layers, "fc1", 2048, 1024);
          claimLinear(layers, "fc2", 1024, undefined);
        });
      }
    },
  };
};

function inception(layers: Layers, x: string, [one, reduce3, three, reduce5, five, pool]: Widths): string {
  const pair = (name: string, narrow: number, wide: number) =>
    layers.within(name, () => basicConv(layers, "1", basicConv(layers, "0", x, narrow, 1), wide, 3, { padding: 1 }));
  const pooled = layers.within("branch4", () =>
    basicConv(layers, "1", layers.maxPool("0", x, { kernel: 3, stride: 1, padding: 1, ceil: true }), pool, 1),
  );
  return layers.concat([
    basicConv(layers, "branch1", x, one, 1),
    pair("branch2", reduce3, three),
    pair("branch3", reduce5, five),
    pooled,
  ]);
}
