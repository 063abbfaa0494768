import { Failure } from "../../failure.ts";
import type { WeightSet } from "../../formats/checkpoint.ts";
import type { DType, Tensor } from "../../graph/tensor.ts";

const floats: ReadonlySet<DType> = new Set(["float32", "float16", "bfloat16", "float64"]);

/** Sizes that a parameter must have; `undefined` where any will do. */
export type ExpectedShape = readonly (number | undefined)[];

/** The parameters that a network takes from a weight set, and a record of which it took. */
export class Parameters {
  readonly #weights: WeightSet;
  readonly #taken = new Set<string>();

  constructor(weights: WeightSet) {
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.tensors.has(name);
  }

  /**
   * A parameter of floating point.
   * @throws Failure `architecture/missing-weight`, `architecture/weight-shape`, `architecture/weight-type`.
   */
  take(name: string, expected: ExpectedShape): Tensor {
    const tensor = this.takeBuffer(name, expected);
    if (floats.has(tensor.dtype)) return tensor;
    throw new Failure(
      "architecture/weight-type",
      `The parameter ${name} is of ${tensor.dtype}, which is no floating point.`,
      {
        hint: "A quantised checkpoint has to be exported together with its network, as ONNX for example.",
      },
    );
  }

  /** As {@link take}, of any type: an index, a mask. */
  takeBuffer(name: string, expected: ExpectedShape): Tensor {
    const tensor = this.#weights.tensors.get(name);
    if (!tensor) {
      throw new Failure(
        "architecture/missing-weight",
        `The network needs a parameter ${name}, which the checkpoint lacks.`,
      );
    }
    const { shape } = tensor;
    if (shape.length !== expected.length || !expected.every((size, axis) => (size ?? shape[axis]) === shape[axis])) {
      const wanted = expected.map((size) => size ?? "any").join(", ");
      throw new Failure(
        "architecture/weight-shape",
        `The parameter ${name} is of shape [${shape.join(", ")}] where the network needs [${wanted}].`,
      );
    }
    this.#taken.add(name);
    return tensor;
  }

  /** Names that have not been taken, counters of batches (`num_batches_tracked`) aside. */
  left(): readonly string[] {
    return [...this.#weights.tensors.keys()].filter(
      (name) => !this.#taken.has(name) && !/(?:^|\.)num_batches_tracked$/.test(name),
    );
  }
}
