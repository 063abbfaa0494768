import type { Layers, Pair } from "../../lowering/layers/layers.ts";
import { basicConv, claimBasicConv, claimLinear, untransformedInput } from "./basicConv.ts";
import type { Family } from "./network.ts";

/** Inception v3; its auxiliary classifier serves training only. */
export const inception: Family = (shapes) => {
  if (!shapes.has("Conv2d_1a_3x3.conv.weight", "Mixed_7c.branch_pool.conv.weight", "fc.weight")) return;
  return {
    name: "inception_v3",
    assumed: `strides and poolings, and ${untransformedInput}`,
    channels: shapes.size("Conv2d_1a_3x3.conv.weight", 1),
    side: 299,
    build(layers, image) {
      let x = basicConv(layers, "Conv2d_1a_3x3", image, 32, 3, { stride: 2 });
      x = basicConv(layers, "Conv2d_2a_3x3", x, 32, 3);
      x = basicConv(layers, "Conv2d_2b_3x3", x, 64, 3, { padding: 1 });
      x = layers.maxPool("maxpool1", x, { kernel: 3, stride: 2 });
      x = basicConv(layers, "Conv2d_3b_1x1", x, 80, 1);
      x = basicConv(layers, "Conv2d_4a_3x3", x, 192, 3);
      x = layers.maxPool("maxpool2", x, { kernel: 3, stride: 2 });
      for (const [name, pool] of [
        ["5b", 32],
        ["5c", 64],
        ["5d", 64],
      ] as const)
        x = mixedA(layers, name, x, pool);
      x = mixedB(layers, "6a", x);
      for (const [name, width] of [
        ["6b", 128],
        ["6c", 160],
        ["6d", 160],
        ["6e", 192],
      ] as const) {
        x = mixedC(layers, name, x, width);
      }
      x = mixedD(layers, "7a", x);
      for (const name of ["7b", "7c"]) x = mixedE(layers, name, x);
      return layers.linear("fc", layers.flatten(layers.adaptiveAvgPool("avgpool", x)), { bias: true });
    },
    training(layers) {
      if (!layers.has("AuxLogits.fc.weight")) return;
      layers.within("AuxLogits", () => {
        claimBasicConv(layers, "conv0", 768, 128, 1);
        claimBasicConv(layers, "conv1", 128, 768, 5);
        claimLinear(layers, "fc", 768, undefined);
      });
    },
  };
};

/** Filters, kernel and stride of a convolution; those of stride 1 keep the size. */
type Step = readonly [name: string, out: number, kernel: Pair, stride?: 2];

/** Convolutions behind one another. */
function chain(layers: Layers, x: string, steps: readonly Step[]): string {
  let y = x;
  for (const [name, out, kernel, stride] of steps) {
    const [high, wide] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const options = stride ? { stride } : { padding: [(high - 1) / 2, (wide - 1) / 2] as const };
    y = basicConv(layers, name, y, out, kernel, options);
  }
  return y;
}

function mixed(layers: Layers, name: string, branches: () => readonly string[]): string {
  return layers.within(`Mixed_${name}`, () => layers.concat(branches()));
}

function pooledBranch(layers: Layers, x: string, out: number): string {
  return basicConv(layers, "branch_pool", layers.avgPool("", x, { kernel: 3, stride: 1, padding: 1 }), out, 1);
}

const double3x3: readonly Step[] = [
  ["branch3x3dbl_1", 64, 1],
  ["branch3x3dbl_2", 96, 3],
];

const mixedA = (layers: Layers, name: string, x: string, pool: number) =>
  mixed(layers, name, () => [
    chain(layers, x, [["branch1x1", 64, 1]]),
    chain(layers, x, [
      ["branch5x5_1", 48, 1],
      ["branch5x5_2", 64, 5],
    ]),
    chain(layers, x, [...double3x3, ["branch3x3dbl_3", 96, 3]]),
    pooledBranch(layers, x, pool),
  ]);

const mixedB = (layers: Layers, name: string, x: string) =>
  mixed(layers, name, () => [
    chain(layers, x, [["branch3x3", 384, 3, 2]]),
    chain(layers, x, [...double3x3, ["branch3x3dbl_3", 96, 3, 2]]),
    layers.maxPool("", x, { kernel: 3, stride: 2 }),
  ]);

const mixedC = (layers: Layers, name: string, x: string, width: number) =>
  mixed(layers, name, () => [
    chain(layers, x, [["branch1x1", 192, 1]]),
    chain(layers, x, [
      ["branch7x7_1", width, 1],
      ["branch7x7_2", width, [1, 7]],
      ["branch7x7_3", 192, [7, 1]],
    ]),
    chain(layers, x, [
      ["branch7x7dbl_1", width, 1],
      ["branch7x7dbl_2", width, [7, 1]],
      ["branch7x7dbl_3", width, [1, 7]],
      ["branch7x7dbl_4", width, [7, 1]],
      ["branch7x7dbl_5", 192, [1, 7]],
    ]),
    pooledBranch(layers, x, 192),
  ]);

const mixedD = (layers: Layers, name: string, x: string) =>
  mixed(layers, name, () => [
    chain(layers, x, [
      ["branch3x3_1", 192, 1],
      ["branch3x3_2", 320, 3, 2],
    ]),
    chain(layers, x, [
      ["branch7x7x3_1", 192, 1],
      ["branch7x7x3_2", 192, [1, 7]],
      ["branch7x7x3_3", 192, [7, 1]],
      ["branch7x7x3_4", 192, 3, 2],
    ]),
    layers.maxPool("", x, { kernel: 3, stride: 2 }),
  ]);

const mixedE = (layers: Layers, name: string, x: string) =>
  mixed(layers, name, () => {
    const three = chain(layers, x, [["branch3x3_1", 384, 1]]);
    const double = chain(layers, x, [
      ["branch3x3dbl_1", 448, 1],
      ["branch3x3dbl_2", 384, 3],
    ]);
    const both = (branch: string, y: string) =>
      layers.concat([chain(layers, y, [[`${branch}a`, 384, [1, 3]]]), chain(layers, y, [[`${branch}b`, 384, [3, 1]]])]);
    return [
      chain(layers, x, [["branch1x1", 320, 1]]),
      both("branch3x3_2", three),
      both("branch3x3dbl_3", double),
      pooledBranch(layers, x, 192),
    ];
  });
