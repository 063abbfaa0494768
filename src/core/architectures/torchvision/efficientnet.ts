import type { Layers } from "../../lowering/layers/layers.ts";
import { convNorm, poolAndClassify, silu, squeezeExcitation } from "./blocks.ts";
import { type Family, multipleOf8, nameOf, type Shapes } from "./network.ts";

/** Blocks of a stage: with a depthwise convolution and squeeze and excitation, or `fused` into one convolution. */
interface Stage {
  readonly fused: boolean;
  readonly expansion: number;
  readonly kernel: number;
  readonly out: number;
  readonly depth: number;
}

/** Channels of the stem, then of each stage; blocks of each stage; channels of the last convolution. */
interface Sizes {
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly last: number;
}

/** The first network, widened and deepened. */
function scaled(width: number, depth: number): Sizes {
  const widths = [32, 16, 24, 40, 80, 112, 192, 320].map((each) => multipleOf8(each * width));
  return { widths, depths: [1, 2, 2, 3, 3, 4, 1].map((each) => Math.ceil(each * depth)), last: 4 * widths.at(-1)! };
}

const known: Readonly<Record<string, Sizes>> = {
  efficientnet_b0: scaled(1, 1),
  efficientnet_b1: scaled(1, 1.1),
  efficientnet_b2: scaled(1.1, 1.2),
  efficientnet_b3: scaled(1.2, 1.4),
  efficientnet_b4: scaled(1.4, 1.8),
  efficientnet_b5: scaled(1.6, 2.2),
  efficientnet_b6: scaled(1.8, 2.6),
  efficientnet_b7: scaled(2, 3.1),
  efficientnet_v2_s: { widths: [24, 24, 48, 64, 128, 160, 256], depths: [2, 4, 4, 6, 9, 15], last: 1280 },
  efficientnet_v2_m: { widths: [24, 24, 48, 80, 160, 176, 304, 512], depths: [3, 5, 5, 7, 14, 18, 5], last: 1280 },
  efficientnet_v2_l: { widths: [32, 32, 64, 96, 192, 224, 384, 640], depths: [4, 7, 7, 10, 19, 25, 7], last: 1280 },
};

const sides: Readonly<Record<string, number>> = {
  efficientnet_b1: 240,
  efficientnet_b2: 288,
  efficientnet_b3: 300,
  efficientnet_b4: 380,
  efficientnet_b5: 456,
  efficientnet_b6: 528,
  efficientnet_b7: 600,
  efficientnet_v2_s: 384,
  efficientnet_v2_m: 480,
  efficientnet_v2_l: 480,
};

/** Strides of the stages, however many there are. */
const strides = [1, 2, 2, 2, 1, 2, 1] as const;

/** The networks whose batch norms have an epsilon of 0.001 in place of 0.00001. */
const coarse = /_b[567]$|_v2_/;

/** EfficientNet and EfficientNet v2. */
export const efficientnet: Family = (shapes) => {
  const stem = shapes.of("features.0.0.weight");
  if (!stem || !shapes.has("features.1.0.block.0.0.weight", "classifier.1.weight")) return;
  const stages = stagesOf(shapes);
  const last = shapes.size(`features.${stages.length + 1}.0.weight`, 0);
  if (stages.length > strides.length || last === 0) return;
  const widths = [stem[0] ?? 0, ...stages.map(({ out }) => out)];
  const depths = stages.map(({ depth }) => depth);
  const name = nameOf(known, { widths, depths, last });
  const eps = coarse.test(name ?? (stages[0]?.fused ? "_v2_" : "")) ? 0.001 : 1e-5;
  return {
    name: name ?? `EfficientNet of ${depths.join("-")} blocks, ${widths.join("-")} wide`,
    assumed: `strides, and the batch norms' epsilon of ${eps}`,
    channels: stem[1] ?? 0,
    side: sides[name ?? ""] ?? 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let x = convNorm(layers, "0", image, { out: widths[0]!, kernel: 3, stride: 2, eps, activation: silu });
        for (const [i, stage] of stages.entries()) {
          for (let block = 0; block < stage.depth; block++) {
            const stride = block === 0 ? strides[i]! : 1;
            x = layers.within(`${i + 1}.${block}`, () => residualBlock(layers, x, stage, stride, eps));
          }
        }
        return convNorm(layers, `${stages.length + 1}`, x, { out: last, kernel: 1, eps, activation: silu });
      });
      return poolAndClassify(layers, features, "avgpool", "classifier.1");
    },
  };
};

function stagesOf(shapes: Shapes): Stage[] {
  const stages: Stage[] = [];
  const blockOf = (stage: number, block: number) => `features.${stage}.${block}.block`;
  while (shapes.has(`${blockOf(stages.length + 1, 0)}.0.0.weight`)) {
    const stage = stages.length + 1;
    const depth = shapes.count((i) => `${blockOf(stage, i)}.0.0.weight`);
    // The second block is as the first, but takes as many channels as it gives.
    const typical = blockOf(stage, depth > 1 ? 1 : 0);
    const squeezes = [1, 2].find((i) => shapes.has(`${typical}.${i}.fc1.weight`));
    const fused = squeezes === undefined;
    const expands = fused ? shapes.has(`${typical}.1.0.weight`) : squeezes === 2;
    const project = (fused ? 0 : 2) + (expands ? 1 : 0);
    const [wide = 0, channels = 0, kernel = 0] = shapes.of(`${typical}.0.0.weight`) ?? [];
    stages.push({
      fused,
      expansion: expands ? wide / channels : 1,
      kernel: fused || !expands ? kernel : shapes.size(`${typical}.1.0.weight`, 2),
      out: shapes.size(`${typical}.${project}.0.weight`, 0),
      depth,
    });
  }
  return stages;
}

function residualBlock(layers: Layers, x: string, stage: Stage, stride: 1 | 2, eps: number): string {
  const channels = layers.size(x, 1);
  const wide = multipleOf8(channels * stage.expansion);
  const y = layers.within("block", () => (stage.fused ? fused : separable)(layers, x, stage, wide, stride, eps));
  return stride === 1 && channels === stage.out ? layers.add(y, x) : y;
}

/** `MBConv`. */
function separable(layers: Layers, x: string, stage: Stage, wide: number, stride: 1 | 2, eps: number): string {
  const channels = layers.size(x, 1);
  let [y, index] = [x, 0];
  if (wide !== channels) y = convNorm(layers, `${index++}`, x, { out: wide, kernel: 1, eps, activation: silu });
  const { kernel, out } = stage;
  y = convNorm(layers, `${index++}`, y, { out: wide, kernel, stride, groups: wide, eps, activation: silu });
  const squeeze = Math.max(1, Math.floor(channels / 4));
  y = squeezeExcitation(layers, `${index++}`, y, { squeeze, activation: silu });
  return convNorm(layers, `${index}`, y, { out, kernel: 1, eps });
}

/** `FusedMBConv`. */
function fused(layers: Layers, x: string, stage: Stage, wide: number, stride: 1 | 2, eps: number): string {
  const { kernel, out } = stage;
  if (wide === layers.size(x, 1)) return convNorm(layers, "0", x, { out, kernel, stride, eps, activation: silu });
  const y = convNorm(layers, "0", x, { out: wide, kernel, stride, eps, activation: silu });
  return convNorm(layers, "1", y, { out, kernel: 1, eps });
}
