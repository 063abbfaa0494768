import type { Layers } from "../../lowering/layers/layers.ts";
import { imagesOf } from "../network.ts";
import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/** Wide residual networks as by xternalz, TRADES and RobustBench: `block1.layer.0.bn1`, `convShortcut`, `fc`. */
export function wideResNet(names: Names): FamilyNetwork | undefined {
  const blocks = [1, 2, 3].map((stage) => names.count(`block${stage}.layer.`, ".conv1.weight"));
  if (blocks.some((count) => count === 0)) return undefined;
  const [width = 16] = names.shape("block1.layer.0.conv1.weight");
  const channels = names.shape("conv1.weight")[1] ?? 3;
  return {
    name: `Wide ResNet-${6 * blocks[0]! + 4}-${width / 16} (as by xternalz)`,
    known: "Its first convolution keeps the size, and no pooling follows.",
    sampleShape: imagesOf(channels),
    usualShape: [channels, 32, 32],
    build(layers, image) {
      let x = layers.conv2d("conv1", image, { kernel: 3, padding: 1 });
      for (const [i, count] of blocks.entries()) {
        x = layers.within(`block${i + 1}.layer`, () => {
          let y = x;
          for (let j = 0; j < count; j++) {
            y = layers.within(String(j), () => block(layers, y, i > 0 && j === 0 ? 2 : 1));
          }
          return y;
        });
      }
      x = layers.relu("relu", layers.batchNorm("bn1", x));
      return layers.linear("fc", layers.mean(x, [2, 3]));
    },
  };
}

function block(layers: Layers, x: string, stride: number): string {
  const active = layers.relu("relu1", layers.batchNorm("bn1", x));
  const inner = layers.conv2d("conv1", active, { kernel: 3, padding: 1, stride });
  const y = layers.conv2d("conv2", layers.relu("relu2", layers.batchNorm("bn2", inner)), { kernel: 3, padding: 1 });
  const changes = layers.has("convShortcut.weight");
  return layers.add(y, changes ? layers.conv2d("convShortcut", active, { kernel: 1, stride }) : x);
}
