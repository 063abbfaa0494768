import type { ModuleRecord, WeightSet } from "../../formats/checkpoint.ts";
import type { Architecture } from "../architecture.ts";
import { assumedSequential } from "./assumedSequential.ts";
import { recordedSequential } from "./recordedSequential.ts";

/**
 * A network that is a sequence of layers: exactly as recorded where the file holds whole modules, else by the numbers in
 * its names.
 * @param modules what a whole-module pickle records, by module path.
 */
export function recogniseSequential(
  weights: WeightSet,
  modules?: ReadonlyMap<string, ModuleRecord>,
): Architecture | undefined {
  const isRecorded = modules?.has("") === true;
  // A module that is recorded as something else is no sequence, whatever its names look like.
  return isRecorded ? recordedSequential(weights, modules) : assumedSequential(weights);
}
