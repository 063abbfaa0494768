import type { Layers } from "../../lowering/layers/layers.ts";
import { convNorm, relu6 } from "./blocks.ts";
import { type Family, multipleOf8 } from "./network.ts";

/** Expansion, channels, blocks and stride of each stage. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const factors = [1, 0.1, 0.2, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 1.5, 2];

/** MobileNet v2, of any of the usual widths. */
export const mobilenetV2: Family = (shapes) => {
  const stem = shapes.of("features.0.0.weight");
  if (!stem || !shapes.has("features.1.conv.0.0.weight", "features.18.0.weight", "classifier.1.weight")) return;
  const factor = factors.find(
    (each) => multipleOf8(32 * each) === stem[0] && multipleOf8(320 * each) === shapes.size("features.18.0.weight", 1),
  );
  if (factor === undefined) return;
  const last = multipleOf8(1280 * Math.max(1, factor));
  return {
    name: factor === 1 ? "mobilenet_v2" : `mobilenet_v2 of ${factor} times the width`,
    assumed: "strides",
    channels: stem[1] ?? 0,
    side: 224,
    build(layers, image) {
      const options = { kernel: 3, activation: relu6 };
      const features = layers.within("features", () => {
        let x = convNorm(layers, "0", image, { ...options, out: stem[0]!, stride: 2 });
        let index = 1;
        for (const [expansion, channels, depth, stride] of stages) {
          for (let i = 0; i < depth; i++, index++) {
            const out = multipleOf8(channels * factor);
            x = layers.within(`${index}`, () => invertedResidual(layers, x, expansion, out, i === 0 ? stride : 1));
          }
        }
        return convNorm(layers, `${index}`, x, { ...options, out: last, kernel: 1 });
      });
      return layers.linear("classifier.1", layers.flatten(layers.adaptiveAvgPool("", features)), { bias: true });
    },
  };
};

function invertedResidual(layers: Layers, x: string, expansion: number, out: number, stride: 1 | 2): string {
  const channels = layers.size(x, 1);
  const wide = Math.round(channels * expansion);
  const y = layers.within("conv", () => {
    let [inner, index] = [x, 0];
    if (expansion !== 1) inner = convNorm(layers, `${index++}`, x, { out: wide, kernel: 1, activation: relu6 });
    inner = convNorm(layers, `${index++}`, inner, { out: wide, kernel: 3, stride, groups: wide, activation: relu6 });
    inner = layers.conv2d(`${index++}`, inner, { out, kernel: 1, bias: false });
    return layers.batchNorm(`${index}`, inner);
  });
  return stride === 1 && channels === out ? layers.add(x, y) : y;
}
