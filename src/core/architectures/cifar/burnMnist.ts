import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/** The MNIST network of Burn's example of imported weights: three convolutions without padding, two linear layers. */
export function burnMnist(names: Names): FamilyNetwork | undefined {
  const isThere = ["conv3.weight", "norm1.running_var", "norm2.running_var", "fc2.weight"].every((name) =>
    names.has(name),
  );
  if (!isThere) return undefined;
  return {
    name: "MNIST network (Burn's example)",
    known: "Its convolutions are not padded, and its batch norms follow ReLU; the log-softmax behind it is left out.",
    sampleShape: [1, 28, 28],
    usualShape: [1, 28, 28],
    build(layers, image) {
      let x = image;
      for (const name of ["conv1", "conv2", "conv3"]) x = layers.relu("", layers.conv2d(name, x, { kernel: 3 }));
      x = layers.flatten(layers.batchNorm("norm1", x));
      x = layers.relu("", layers.linear("fc1", x));
      return layers.batchNorm("norm2", layers.linear("fc2", x));
    },
  };
}
