import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";

interface Sizes {
  readonly initial: number;
  readonly growth: number;
  readonly depths: readonly number[];
}

const known: Readonly<Record<string, Sizes>> = {
  densenet121: { initial: 64, growth: 32, depths: [6, 12, 24, 16] },
  densenet161: { initial: 96, growth: 48, depths: [6, 12, 36, 24] },
  densenet169: { initial: 64, growth: 32, depths: [6, 12, 32, 32] },
  densenet201: { initial: 64, growth: 32, depths: [6, 12, 48, 32] },
};

/** DenseNet with bottlenecks and halving transitions. Of old checkpoints, whose layers are called `norm.1`, too. */
export const densenet: Family = (shapes) => {
  const stem = shapes.of("features.conv0.weight");
  if (stem?.[2] !== 7 || !shapes.has("features.norm5.weight", "classifier.weight")) return;
  const dot = shapes.has("features.denseblock1.denselayer1.norm.1.weight") ? "." : "";
  const layerOf = (block: number, layer: number) => `features.denseblock${block}.denselayer${layer}`;
  const depths: number[] = [];
  while (shapes.has(`${layerOf(depths.length + 1, 1)}.conv${dot}1.weight`)) {
    depths.push(shapes.count((i) => `${layerOf(depths.length + 1, i)}.conv${dot}1.weight`, 1));
  }
  const found = { initial: stem[0] ?? 0, growth: shapes.size(`${layerOf(1, 1)}.conv${dot}2.weight`, 0), depths };
  return {
    name: nameOf(known, found) ?? `DenseNet of ${depths.join("-")} layers growing by ${found.growth}`,
    assumed: "strides and poolings",
    channels: stem[1] ?? 0,
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = layers.conv2d("conv0", image, { out: found.initial, kernel: 7, stride: 2, padding: 3, bias: false });
        x = layers.relu("relu0", layers.batchNorm("norm0", x));
        x = layers.maxPool("pool0", x, { kernel: 3, stride: 2, padding: 1 });
        for (const [i, depth] of depths.entries()) {
          x = layers.within(`denseblock${i + 1}`, () => denseBlock(layers, x, depth, found.growth, dot));
          if (i < depths.length - 1) x = layers.within(`transition${i + 1}`, () => transition(layers, x));
        }
        return layers.batchNorm("norm5", x);
      });
      const pooled = layers.adaptiveAvgPool("", layers.relu("", features));
      return layers.linear("classifier", layers.flatten(pooled), { bias: true });
    },
  };
};

function denseBlock(layers: Layers, x: string, depth: number, growth: number, dot: string): string {
  const features = [x];
  for (let i = 1; i <= depth; i++) {
    const added = layers.within(`denselayer${i}`, () => {
      let y = features.length > 1 ? layers.concat(features) : x;
      y = layers.relu(`relu${dot}1`, layers.batchNorm(`norm${dot}1`, y));
      y = layers.conv2d(`conv${dot}1`, y, { kernel: 1, bias: false });
      y = layers.relu(`relu${dot}2`, layers.batchNorm(`norm${dot}2`, y));
      return layers.conv2d(`conv${dot}2`, y, { out: growth, kernel: 3, padding: 1, bias: false });
    });
    features.push(added);
  }
  return layers.concat(features);
}

function transition(layers: Layers, x: string): string {
  const out = Math.floor(layers.size(x, 1) / 2);
  const normed = layers.relu("relu", layers.batchNorm("norm", x));
  return layers.avgPool("pool", layers.conv2d("conv", normed, { out, kernel: 1, bias: false }), { kernel: 2 });
}
