import type { Layers } from "../../lowering/layers/layers.ts";
import { convNorm, hardswish, relu, squeezeExcitation } from "./blocks.ts";
import { type Family, multipleOf8 } from "./network.ts";

/** Kernel, expanded channels, channels, squeeze and excitation, Hardswish in place of ReLU, stride. */
type Block = readonly [kernel: 3 | 5, wide: number, out: number, squeeze: 0 | 1, hard: 0 | 1, stride: 1 | 2];

const large: readonly Block[] = [
  [3, 16, 16, 0, 0, 1],
  [3, 64, 24, 0, 0, 2],
  [3, 72, 24, 0, 0, 1],
  [5, 72, 40, 1, 0, 2],
  [5, 120, 40, 1, 0, 1],
  [5, 120, 40, 1, 0, 1],
  [3, 240, 80, 0, 1, 2],
  [3, 200, 80, 0, 1, 1],
  [3, 184, 80, 0, 1, 1],
  [3, 184, 80, 0, 1, 1],
  [3, 480, 112, 1, 1, 1],
  [3, 672, 112, 1, 1, 1],
  [5, 672, 160, 1, 1, 2],
  [5, 960, 160, 1, 1, 1],
  [5, 960, 160, 1, 1, 1],
];

const small: readonly Block[] = [
  [3, 16, 16, 1, 0, 2],
  [3, 72, 24, 0, 0, 2],
  [3, 88, 24, 0, 0, 1],
  [5, 96, 40, 1, 1, 2],
  [5, 240, 40, 1, 1, 1],
  [5, 240, 40, 1, 1, 1],
  [5, 120, 48, 1, 1, 1],
  [5, 144, 48, 1, 1, 1],
  [5, 288, 96, 1, 1, 2],
  [5, 576, 96, 1, 1, 1],
  [5, 576, 96, 1, 1, 1],
];

const eps = 0.001;

/** MobileNet v3, large and small. */
export const mobilenetV3: Family = (shapes) => {
  if (!shapes.has("features.1.block.0.0.weight", "classifier.0.weight", "classifier.3.weight")) return;
  const isLarge = shapes.has("features.16.0.weight");
  const [name, blocks, last] = isLarge ? ["mobilenet_v3_large", large, 1280] : ["mobilenet_v3_small", small, 1024];
  return {
    name,
    assumed: "strides, activations and the batch norms' epsilon of 0.001",
    channels: shapes.size("features.0.0.weight", 1),
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = convNorm(layers, "0", image, { out: 16, kernel: 3, stride: 2, eps, activation: hardswish });
        for (const [i, block] of blocks.entries()) {
          x = layers.within(`${i + 1}`, () => invertedResidual(layers, x, block));
        }
        const out = 6 * layers.size(x, 1);
        return convNorm(layers, `${blocks.length + 1}`, x, { out, kernel: 1, eps, activation: hardswish });
      });
      const pooled = layers.flatten(layers.adaptiveAvgPool("avgpool", features));
      return layers.within("classifier", () => {
        const wide = layers.hardswish("1", layers.linear("0", pooled, { out: last, bias: true }));
        return layers.linear("3", wide, { bias: true });
      });
    },
  };
};

function invertedResidual(layers: Layers, x: string, [kernel, wide, out, squeeze, hard, stride]: Block): string {
  const channels = layers.size(x, 1);
  const activation = hard ? hardswish : relu;
  const y = layers.within("block", () => {
    let [inner, index] = [x, 0];
    if (wide !== channels) inner = convNorm(layers, `${index++}`, x, { out: wide, kernel: 1, eps, activation });
    inner = convNorm(layers, `${index++}`, inner, { out: wide, kernel, stride, groups: wide, eps, activation });
    if (squeeze) {
      const options = { squeeze: multipleOf8(Math.floor(wide / 4)), activation: relu, scale: "hardsigmoid" as const };
      inner = squeezeExcitation(layers, `${index++}`, inner, options);
    }
    return convNorm(layers, `${index}`, inner, { out, kernel: 1, eps });
  });
  return stride === 1 && channels === out ? layers.add(y, x) : y;
}
