import { imagesOf } from "../network.ts";
import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/** Size of the filters, by layer; those that stride are the third and the sixth. */
const kernels = [3, 3, 3, 3, 3, 3, 3, 1] as const;
const strided: ReadonlySet<number> = new Set([3, 6]);

/** Tiny10 of drfrankenstein and the stitching papers: eight convolutions without padding, each with a batch norm. */
export function tiny10(names: Names): FamilyNetwork | undefined {
  if (names.count("conv", ".weight", 1) !== kernels.length || names.count("bn", ".running_var", 1) !== kernels.length) {
    return undefined;
  }
  const channels = names.shape("conv1.weight")[1] ?? 3;
  return {
    name: "Tiny10 (drfrankenstein)",
    known: "Its convolutions are not padded; the third and the sixth halve the size.",
    sampleShape: imagesOf(channels),
    usualShape: [channels, 32, 32],
    build(layers, image) {
      let x = image;
      for (const [i, kernel] of kernels.entries()) {
        const layer = i + 1;
        const conv = layers.conv2d(`conv${layer}`, x, { kernel, stride: strided.has(layer) ? 2 : 1 });
        x = layers.relu(`relu${layer}`, layers.batchNorm(`bn${layer}`, conv));
      }
      return layers.linear("fc", layers.mean(x, [2, 3]));
    },
  };
}
