import { Failure } from "../../failure.ts";
import type { Checkpoint, WeightSet } from "../../formats/checkpoint.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import type { Architecture } from "../architecture.ts";
import { type Binding, bindToDonor } from "./bind.ts";

/**
 * The architecture that a donor gives a checkpoint.
 * @param donor of the file whose graph is taken.
 * @param name of that file, for people.
 * @throws Failure as {@link bindToDonor}, and the donor's own.
 */
export function donorArchitecture(
  donor: Architecture,
  { weights, layerWeights }: Pick<Checkpoint, "weights" | "layerWeights">,
  name: string,
): Architecture {
  if (donor.withWeights && layerWeights) return donor.withWeights(layerWeights, name);
  const binding = bound(donor, weights, name);
  return {
    ...binding.architecture,
    foldedBatchNorms: binding.folded,
    ...(donor.sampleShape && { sampleShape: donor.sampleShape }),
    program: (sampleShape) =>
      sampleShape === undefined ? binding.program : bound(donor, weights, name, sampleShape).program,
  };
}

/** By names where they tell; else by values, which tell where the donor is an export of this very checkpoint. */
function bound(donor: Architecture, weights: WeightSet, name: string, sampleShape?: Shape): Binding {
  const program = donor.program(sampleShape);
  try {
    return bindToDonor(program, weights, name);
  } catch (error) {
    const isWorthReading =
      error instanceof Failure &&
      error.code === "architecture/donor-mismatch" &&
      isOneSize(program.graph.initializers.values(), weights.tensors.values());
    if (!isWorthReading) throw error;
    try {
      return bindToDonor(program, weights, name, { own: weights });
    } catch {
      throw error;
    }
  }
}

/** Whether two sets of weights hold about as many numbers: batch norms that were folded are a few percent. */
function isOneSize(a: Iterable<Tensor>, b: Iterable<Tensor>): boolean {
  const [first, second] = [a, b].map((tensors) => {
    let count = 0;
    for (const { dtype, shape } of tensors) if (dtype.includes("float")) count += elementCount(shape);
    return count;
  }) as [number, number];
  return Math.min(first, second) > 0.8 * Math.max(first, second);
}
