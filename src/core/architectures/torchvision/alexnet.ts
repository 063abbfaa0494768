import type { Family } from "./network.ts";

/** Index in `features`, filters, kernel, stride, padding; the max-pooling behind it, if any. */
const convolutions = [
  [0, 64, 11, 4, 2, 2],
  [3, 192, 5, 1, 2, 5],
  [6, 384, 3, 1, 1, undefined],
  [8, 256, 3, 1, 1, undefined],
  [10, 256, 3, 1, 1, 12],
] as const;

/** AlexNet in torchvision's version of one column. */
export const alexnet: Family = (shapes) => {
  if (!shapes.has("features.10.weight", "classifier.6.weight") || shapes.size("features.0.weight", 2) !== 11) return;
  return {
    name: "alexnet",
    assumed: "strides, paddings and poolings",
    channels: shapes.size("features.0.weight", 1),
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = image;
        for (const [index, out, kernel, stride, padding, pool] of convolutions) {
          x = layers.conv2d(`${index}`, x, { out, kernel, stride, padding, bias: true });
          x = layers.relu(`${index + 1}`, x);
          if (pool !== undefined) x = layers.maxPool(`${pool}`, x, { kernel: 3, stride: 2 });
        }
        return x;
      });
      const x = layers.flatten(layers.adaptiveAvgPool("avgpool", features, 6));
      return layers.within("classifier", () => {
        const first = layers.relu("2", layers.linear("1", x, { out: 4096, bias: true }));
        const second = layers.relu("5", layers.linear("4", first, { out: 4096, bias: true }));
        return layers.linear("6", second, { bias: true });
      });
    },
  };
};
