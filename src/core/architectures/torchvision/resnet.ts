import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf } from "./network.ts";

interface Sizes {
  readonly bottleneck: boolean;
  readonly depths: readonly number[];
  readonly groups: number;
  /** Width of a group in the first stage, times two in each that follows. */
  readonly base: number;
}

const sizes = (bottleneck: boolean, depths: readonly number[], groups = 1, base = 64): Sizes => ({
  bottleneck,
  depths,
  groups,
  base,
});

const known: Readonly<Record<string, Sizes>> = {
  resnet18: sizes(false, [2, 2, 2, 2]),
  resnet34: sizes(false, [3, 4, 6, 3]),
  resnet50: sizes(true, [3, 4, 6, 3]),
  resnet101: sizes(true, [3, 4, 23, 3]),
  resnet152: sizes(true, [3, 8, 36, 3]),
  resnext50_32x4d: sizes(true, [3, 4, 6, 3], 32, 4),
  resnext101_32x8d: sizes(true, [3, 4, 23, 3], 32, 8),
  resnext101_64x4d: sizes(true, [3, 4, 23, 3], 64, 4),
  wide_resnet50_2: sizes(true, [3, 4, 6, 3], 1, 128),
  wide_resnet101_2: sizes(true, [3, 4, 23, 3], 1, 128),
};

/** ResNet, ResNeXt and Wide ResNet, with the stem for large images (7 × 7, then a pooling). */
export const resnet: Family = (shapes) => {
  const stem = shapes.of("conv1.weight");
  if (stem?.[0] !== 64 || stem[2] !== 7 || !shapes.has("layer1.0.conv1.weight", "fc.weight")) return;
  const bottleneck = shapes.has("layer1.0.conv3.weight");
  const depths = [1, 2, 3, 4].map((stage) => shapes.count((i) => `layer${stage}.${i}.conv1.weight`));
  const [width = 0, base = 0] = shapes.of("layer1.0.conv2.weight") ?? [];
  const found = sizes(bottleneck, depths, width / base, base);
  const kind = bottleneck ? `bottlenecks, ${found.groups} groups of ${base}` : "basic blocks";
  return {
    name: nameOf(known, found) ?? `ResNet of ${depths.join("-")} ${kind}`,
    assumed: `a stride of 2 at the head of stages 2 to 4${bottleneck ? ", in the 3 × 3 convolution (v1.5)" : ""}`,
    channels: stem[1] ?? 0,
    side: 224,
    build(layers, image) {
      let x = layers.conv2d("conv1", image, { out: 64, kernel: 7, stride: 2, padding: 3, bias: false });
      x = layers.relu("relu", layers.batchNorm("bn1", x));
      x = layers.maxPool("maxpool", x, { kernel: 3, stride: 2, padding: 1 });
      for (const [stage, depth] of depths.entries()) {
        for (let i = 0; i < depth; i++) {
          const stride = stage > 0 && i === 0 ? 2 : 1;
          x = layers.within(`layer${stage + 1}.${i}`, () => block(layers, x, found, 64 * 2 ** stage, stride));
        }
      }
      return layers.linear("fc", layers.flatten(layers.adaptiveAvgPool("avgpool", x)), { bias: true });
    },
  };
};

function block(layers: Layers, x: string, { bottleneck, groups, base }: Sizes, planes: number, stride: 1 | 2): string {
  const out = bottleneck ? 4 * planes : planes;
  const width = bottleneck ? Math.floor((planes * base) / 64) * groups : planes;
  const conv = (name: string, input: string, filters: number, kernel: 1 | 3, step: 1 | 2, parts = 1) =>
    layers.conv2d(name, input, {
      out: filters,
      kernel,
      stride: step,
      padding: kernel === 3 ? 1 : 0,
      groups: parts,
      bias: false,
    });
  let y = conv("conv1", x, width, bottleneck ? 1 : 3, bottleneck ? 1 : stride);
  y = layers.relu("relu", layers.batchNorm("bn1", y));
  y = layers.batchNorm("bn2", conv("conv2", y, width, 3, bottleneck ? stride : 1, groups));
  if (bottleneck) y = layers.batchNorm("bn3", conv("conv3", layers.relu("relu", y), out, 1, 1));
  const projects = stride !== 1 || layers.size(x, 1) !== out;
  const shortcut = projects
    ? layers.within("downsample", () => layers.batchNorm("1", conv("0", x, out, 1, stride)))
    : x;
  return layers.relu("relu", layers.add(y, shortcut));
}
