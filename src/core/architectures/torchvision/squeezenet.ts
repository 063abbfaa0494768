import type { Layers } from "../../lowering/layers/layers.ts";
import type { Family } from "./network.ts";

/** Channels of the squeeze, and of each of the two expansions; `pool` is a max-pooling. */
const fire = { a: [16, 64], b: [32, 128], c: [48, 192], d: [64, 256] } as const;

const versions = {
  squeezenet1_0: { out: 96, kernel: 7, modules: "pool a a b pool b c c d pool d" },
  squeezenet1_1: { out: 64, kernel: 3, modules: "pool a a pool b b pool c c d d" },
} as const;

/** SqueezeNet 1.0 and 1.1. */
export const squeezenet: Family = (shapes) => {
  if (!shapes.has("features.3.squeeze.weight", "classifier.1.weight")) return;
  const name = shapes.size("features.0.weight", 2) === 7 ? "squeezenet1_0" : "squeezenet1_1";
  const { out, kernel, modules } = versions[name];
  return {
    name,
    assumed: "strides and poolings",
    channels: shapes.size("features.0.weight", 1),
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = layers.relu("1", layers.conv2d("0", image, { out, kernel, stride: 2, bias: true }));
        for (const [i, module] of modules.split(" ").entries()) {
          const name = `${i + 2}`;
          x =
            module === "pool"
              ? layers.maxPool(name, x, { kernel: 3, stride: 2, ceil: true })
              : fireModule(layers, name, x, fire[module as keyof typeof fire]);
        }
        return x;
      });
      const classes = layers.within("classifier", () => {
        const maps = layers.relu("2", layers.conv2d("1", features, { kernel: 1, bias: true }));
        return layers.adaptiveAvgPool("3", maps);
      });
      return layers.flatten(classes);
    },
  };
};

function fireModule(layers: Layers, name: string, x: string, [narrow, wide]: readonly [number, number]): string {
  return layers.within(name, () => {
    const conv = (part: string, input: string, out: number, kernel: 1 | 3) => {
      const convolved = layers.conv2d(part, input, { out, kernel, padding: (kernel - 1) / 2, bias: true });
      return layers.relu(`${part}_activation`, convolved);
    };
    const squeezed = conv("squeeze", x, narrow, 1);
    return layers.concat([conv("expand1x1", squeezed, wide, 1), conv("expand3x3", squeezed, wide, 3)]);
  });
}
