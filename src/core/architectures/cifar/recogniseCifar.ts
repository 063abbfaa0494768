import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Architecture } from "../architecture.ts";
import { architectureOf } from "../network.ts";
import { burnMnist } from "./burnMnist.ts";
import { type FamilyNetwork, ofFamily } from "./family.ts";
import { Names } from "./names.ts";
import { normalised, unwrapped } from "./normalizer.ts";
import { residualFunction } from "./residualFunction.ts";
import { resNet } from "./resNet.ts";
import { tiny10 } from "./tiny10.ts";
import { vgg } from "./vgg.ts";
import { wideResNet } from "./wideResNet.ts";

const families: readonly ((names: Names) => FamilyNetwork | undefined)[] = [
  resNet,
  residualFunction,
  vgg,
  wideResNet,
  tiny10,
  burnMnist,
];

/**
 * The network that a checkpoint of one of the common repositories for small images holds, by its names and shapes (see
 * {@link families}); `undefined` where none of them takes every tensor.
 */
export function recogniseCifar(weights: WeightSet): Architecture | undefined {
  const { inner, normalises } = unwrapped(weights);
  const names = new Names(inner);
  for (const family of families) {
    const network = family(names);
    const found = network && architectureOf(inner, ofFamily(normalises ? normalised(network) : network));
    if (found) return found;
  }
  return undefined;
}
