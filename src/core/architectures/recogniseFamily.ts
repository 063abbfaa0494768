import type { ModuleRecord, WeightSet } from "../formats/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { recogniseCifar } from "./cifar/recogniseCifar.ts";
import { recogniseSequential } from "./sequential/recogniseSequential.ts";
import { recogniseTorchvision } from "./torchvision/recogniseTorchvision.ts";

/**
 * The known network that weights are of, told by their names and shapes: torchvision's, the usual ones for CIFAR, plain
 * sequences of layers; `undefined` where they are of none.
 * @param modules what a whole-module pickle records of its layers.
 */
export function recogniseFamily(
  weights: WeightSet,
  modules?: ReadonlyMap<string, ModuleRecord>,
): Architecture | undefined {
  return recogniseTorchvision(weights) ?? recogniseCifar(weights) ?? recogniseSequential(weights, modules);
}
