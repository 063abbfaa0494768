import type { Layers } from "../../lowering/layers/layers.ts";
import { imagesOf } from "../network.ts";
import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/** weiaicunzai's residual networks: `conv1.0`, `conv2_x.0.residual_function.0`, …, `fc`. */
export function residualFunction(names: Names): FamilyNetwork | undefined {
  if (!names.has("conv2_x.0.residual_function.0.weight")) return undefined;
  const bottleneck = names.has("conv2_x.0.residual_function.6.weight");
  const blocks = [2, 3, 4, 5].map((stage) => names.count(`conv${stage}_x.`, ".residual_function.0.weight"));
  const depth = blocks.reduce((sum, count) => sum + count * (bottleneck ? 3 : 2), 2);
  const channels = names.shape("conv1.0.weight")[1] ?? 3;
  return {
    name: `CIFAR ResNet-${depth} (as by weiaicunzai)`,
    known: "Its first convolution keeps the size, and no pooling follows.",
    sampleShape: imagesOf(channels),
    usualShape: [channels, 32, 32],
    build(layers, image) {
      let x = layers.within("conv1", () => {
        const stem = layers.batchNorm("1", layers.conv2d("0", image, { kernel: 3, padding: 1 }));
        return layers.relu("2", stem);
      });
      for (const [i, count] of blocks.entries()) {
        x = layers.within(`conv${i + 2}_x`, () => {
          let y = x;
          for (let j = 0; j < count; j++) {
            y = layers.within(String(j), () => block(layers, y, i > 0 && j === 0 ? 2 : 1, bottleneck));
          }
          return y;
        });
      }
      return layers.linear("fc", layers.flatten(layers.adaptiveAvgPool("avg_pool", x)));
    },
  };
}

function block(layers: Layers, x: string, stride: number, bottleneck: boolean): string {
  const kernels = bottleneck ? [1, 3, 1] : [3, 3];
  const strided = bottleneck ? 1 : 0;
  const y = layers.within("residual_function", () => {
    let value = x;
    for (const [i, kernel] of kernels.entries()) {
      const options = { kernel, padding: (kernel - 1) / 2, stride: i === strided ? stride : 1 };
      value = layers.batchNorm(String(3 * i + 1), layers.conv2d(String(3 * i), value, options));
      if (i < kernels.length - 1) value = layers.relu(String(3 * i + 2), value);
    }
    return value;
  });
  const beside = layers.has("shortcut.0.weight")
    ? layers.within("shortcut", () => layers.batchNorm("1", layers.conv2d("0", x, { kernel: 1, stride })))
    : x;
  return layers.relu("", layers.add(y, beside));
}
