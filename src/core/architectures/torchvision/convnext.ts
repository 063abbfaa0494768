import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";

type Sizes = readonly [depths: readonly number[], widths: readonly number[]];

const known: Readonly<Record<string, Sizes>> = {
  convnext_tiny: [
    [3, 3, 9, 3],
    [96, 192, 384, 768],
  ],
  convnext_small: [
    [3, 3, 27, 3],
    [96, 192, 384, 768],
  ],
  convnext_base: [
    [3, 3, 27, 3],
    [128, 256, 512, 1024],
  ],
  convnext_large: [
    [3, 3, 27, 3],
    [192, 384, 768, 1536],
  ],
};

const eps = 1e-6;

/** ConvNeXt. */
export const convnext: Family = (shapes) => {
  const stem = shapes.of("features.0.0.weight");
  if (stem?.[2] !== 4 || !shapes.has("features.1.0.layer_scale", "classifier.2.weight")) return;
  const depths: number[] = [];
  const module = () => 2 * depths.length + 1;
  while (shapes.has(`features.${module()}.0.layer_scale`)) {
    depths.push(shapes.count((i) => `features.${module()}.${i}.layer_scale`));
  }
  const widths = depths.map((_, stage) => shapes.size(`features.${2 * stage + 1}.0.layer_scale`, 0));
  return {
    name: nameOf(known, [depths, widths]) ?? `ConvNeXt of ${depths.join("-")} blocks, ${widths.join("-")} wide`,
    assumed: "strides, the activation (GELU) and the norms' epsilon of 0.000001",
    channels: stem[1] ?? 0,
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = layers.within("0", () => {
          const patches = layers.conv2d("0", image, { out: widths[0]!, kernel: 4, stride: 4, bias: true });
          return layerNorm2d(layers, "1", patches);
        });
        for (const [stage, depth] of depths.entries()) {
          if (stage > 0) x = layers.within(`${2 * stage}`, () => downsample(layers, x, widths[stage]!));
          for (let i = 0; i < depth; i++) x = layers.within(`${2 * stage + 1}.${i}`, () => block(layers, x));
        }
        return x;
      });
      const pooled = layers.adaptiveAvgPool("avgpool", features);
      return layers.within("classifier", () => {
        const normed = layers.flatten(layerNorm2d(layers, "0", pooled));
        return layers.linear("2", normed, { bias: true });
      });
    },
  };
};

/** Normalises the channels of each position. */
function layerNorm2d(layers: Layers, name: string, x: string): string {
  return layers.within(name, () => {
    const normed = layers.layerNorm("", layers.permute(x, [0, 2, 3, 1]), eps);
    return layers.permute(normed, [0, 3, 1, 2]);
  });
}

function downsample(layers: Layers, x: string, out: number): string {
  return layers.conv2d("1", layerNorm2d(layers, "0", x), { out, kernel: 2, stride: 2, bias: true });
}

function block(layers: Layers, x: string): string {
  const width = layers.size(x, 1);
  const y = layers.within("block", () => {
    const mixed = layers.conv2d("0", x, { out: width, kernel: 7, padding: 3, groups: width, bias: true });
    const normed = layers.layerNorm("2", layers.permute(mixed, [0, 2, 3, 1]), eps);
    const wide = layers.gelu("4", layers.linear("3", normed, { out: 4 * width, bias: true }));
    return layers.permute(layers.linear("5", wide, { out: width, bias: true }), [0, 3, 1, 2]);
  });
  return layers.add(layers.mul(layers.parameter("layer_scale", [width, 1, 1]), y), x);
}
