import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/**
 * kuangliu's VGG (also of the robustness library): `features.N` in threes of convolution, batch norm and ReLU, max-pooling
 * where a number is left out, one `classifier`.
 */
export function vgg(names: Names): FamilyNetwork | undefined {
  const indices = names.indices("features").filter((i) => names.shape(`features.${i}.weight`).length === 4);
  if (indices.length < 4 || !names.has("classifier.weight")) return undefined;
  const isTriple = (i: number): boolean => names.has(`features.${i + 1}.running_mean`);
  const steps = indices.slice(1).map((index, i) => index - indices[i]!);
  if (indices[0] !== 0 || !indices.every(isTriple) || !steps.every((step) => step === 3 || step === 4))
    return undefined;
  const channels = names.shape("features.0.weight")[1] ?? 3;
  return {
    name: `CIFAR VGG-${indices.length + 3} (as by kuangliu)`,
    known: "Its convolutions keep the size; where the numbering leaves one out, and at the end, pooling halves it.",
    sampleShape: [channels, 32, 32],
    usualShape: [channels, 32, 32],
    build(layers, image) {
      let x = image;
      layers.within("features", () => {
        for (const [i, index] of indices.entries()) {
          const conv = layers.conv2d(String(index), x, { kernel: 3, padding: 1 });
          x = layers.relu(String(index + 2), layers.batchNorm(String(index + 1), conv));
          if (steps[i] !== 3) x = layers.maxPool(String(index + 3), x, { kernel: 2 });
        }
      });
      return layers.linear("classifier", layers.flatten(x));
    },
  };
}
