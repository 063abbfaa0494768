import type { Layers } from "../../lowering/layers/layers.ts";
import { convNorm, poolAndClassify, relu, squeezeExcitation } from "./blocks.ts";
import { type Family, nameOf } from "./network.ts";

/** Of each stage: blocks, channels, channels of a group. */
type Sizes = readonly [depths: readonly number[], widths: readonly number[], groups: readonly number[]];

const known: Readonly<Record<string, Sizes>> = {
  regnet_y_400mf: [
    [1, 3, 6, 6],
    [48, 104, 208, 440],
    [8, 8, 8, 8],
  ],
  regnet_y_800mf: [
    [1, 3, 8, 2],
    [64, 144, 320, 784],
    [16, 16, 16, 16],
  ],
  regnet_y_1_6gf: [
    [2, 6, 17, 2],
    [48, 120, 336, 888],
    [24, 24, 24, 24],
  ],
  regnet_y_3_2gf: [
    [2, 5, 13, 1],
    [72, 216, 576, 1512],
    [24, 24, 24, 24],
  ],
  regnet_y_8gf: [
    [2, 4, 10, 1],
    [224, 448, 896, 2016],
    [56, 56, 56, 56],
  ],
  regnet_y_16gf: [
    [2, 4, 11, 1],
    [224, 448, 1232, 3024],
    [112, 112, 112, 112],
  ],
  regnet_y_32gf: [
    [2, 5, 12, 1],
    [232, 696, 1392, 3712],
    [232, 232, 232, 232],
  ],
  regnet_y_128gf: [
    [2, 7, 17, 1],
    [528, 1056, 2904, 7392],
    [264, 264, 264, 264],
  ],
  regnet_x_400mf: [
    [1, 2, 7, 12],
    [32, 64, 160, 400],
    [16, 16, 16, 16],
  ],
  regnet_x_800mf: [
    [1, 3, 7, 5],
    [64, 128, 288, 672],
    [16, 16, 16, 16],
  ],
  regnet_x_1_6gf: [
    [2, 4, 10, 2],
    [72, 168, 408, 912],
    [24, 24, 24, 24],
  ],
  regnet_x_3_2gf: [
    [2, 6, 15, 2],
    [96, 192, 432, 1008],
    [48, 48, 48, 48],
  ],
  regnet_x_8gf: [
    [2, 5, 15, 1],
    [80, 240, 720, 1920],
    [80, 120, 120, 120],
  ],
  regnet_x_16gf: [
    [2, 6, 13, 1],
    [256, 512, 896, 2048],
    [128, 128, 128, 128],
  ],
  regnet_x_32gf: [
    [2, 7, 13, 1],
    [336, 672, 1344, 2520],
    [168, 168, 168, 168],
  ],
};

/** RegNet X, and Y with squeeze and excitation. */
export const regnet: Family = (shapes) => {
  const first = "trunk_output.block1.block1-0";
  if (!shapes.has("stem.0.weight", `${first}.f.a.0.weight`, "fc.weight")) return;
  const stages = [1, 2, 3, 4];
  const blockOf = (stage: number, i: number) => `trunk_output.block${stage}.block${stage}-${i}`;
  const depths = stages.map((stage) => shapes.count((i) => `${blockOf(stage, i)}.f.a.0.weight`));
  const widths = stages.map((stage) => shapes.size(`${blockOf(stage, 0)}.f.c.0.weight`, 0));
  const groups = stages.map((stage) => shapes.size(`${blockOf(stage, 0)}.f.b.0.weight`, 1));
  const squeezes = shapes.has(`${first}.f.se.fc1.weight`);
  const letter = squeezes ? "y" : "x";
  const ofLetter = Object.fromEntries(Object.entries(known).filter(([name]) => name.startsWith(`regnet_${letter}`)));
  return {
    name: nameOf(ofLetter, [depths, widths, groups]) ?? `RegNet ${letter.toUpperCase()} of ${depths.join("-")} blocks`,
    assumed: "a stride of 2 at the head of every stage",
    channels: shapes.size("stem.0.weight", 1),
    side: 224,
    build(layers, image) {
      let x = convNorm(layers, "stem", image, { out: 32, kernel: 3, stride: 2, activation: relu });
      for (const [i, stage] of stages.entries()) {
        for (let block = 0; block < depths[i]!; block++) {
          const sizes = { out: widths[i]!, group: groups[i]!, stride: block === 0 ? 2 : 1, squeezes } as const;
          x = layers.within(blockOf(stage, block), () => bottleneck(layers, x, sizes));
        }
      }
      return poolAndClassify(layers, x, "avgpool", "fc");
    },
  };
};

interface Block {
  readonly out: number;
  /** Channels of a group. */
  readonly group: number;
  readonly stride: 1 | 2;
  readonly squeezes: boolean;
}

function bottleneck(layers: Layers, x: string, { out, group, stride, squeezes }: Block): string {
  const projects = stride !== 1 || layers.size(x, 1) !== out;
  const shortcut = projects ? convNorm(layers, "proj", x, { out, kernel: 1, stride }) : x;
  const y = layers.within("f", () => {
    let inner = convNorm(layers, "a", x, { out, kernel: 1, activation: relu });
    inner = convNorm(layers, "b", inner, { out, kernel: 3, stride, groups: out / group, activation: relu });
    if (squeezes) inner = squeezeExcitation(layers, "se", inner, { activation: relu });
    return convNorm(layers, "c", inner, { out, kernel: 1 });
  });
  return layers.relu("activation", layers.add(shortcut, y));
}
