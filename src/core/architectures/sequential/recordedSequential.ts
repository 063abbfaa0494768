import type { ModuleRecord, WeightSet } from "../../formats/checkpoint.ts";
import type { Architecture } from "../architecture.ts";
import { architectureOf, type Network } from "../network.ts";
import { recordedStep } from "./recordedSteps.ts";
import { usualSides } from "./usualSides.ts";

const sequential = "torch.nn.modules.container.Sequential";

/**
 * A network that is a `Sequential`, perhaps of further ones, and records what each of its modules was told: nothing is left to
 * be guessed but the size of its images.
 *
 * @param modules by path, in the order in which they run; the network itself is `""`.
 */
export function recordedSequential(
  weights: WeightSet,
  modules: ReadonlyMap<string, ModuleRecord>,
): Architecture | undefined {
  if (modules.get("")?.className !== sequential) return undefined;
  const leaves = [...modules].filter(([, { className }]) => className !== sequential);
  const steps = leaves.map(([path, module]) => recordedStep(path, module));
  if (leaves.length === 0 || steps.some((step) => step === undefined)) return undefined;
  const build: Network["build"] = (layers, x) => steps.reduce((value, step) => step!(layers, value), x);
  const shapes = sampleShapes(leaves.map(([, module]) => module));
  const network = (usualShape: readonly number[]): Network => ({
    name: `Sequential of ${leaves.length} layers`,
    evidence: () => `The file records all ${leaves.length} layers of the network with their settings.`,
    sampleShape: usualShape,
    usualShape,
    build,
  });
  for (const shape of shapes) {
    const found = architectureOf(weights, network(shape));
    if (found) return found;
  }
  return undefined;
}

/** Shapes of a sample that the first layer with weights might take, likeliest first. */
function sampleShapes(modules: readonly ModuleRecord[]): readonly (readonly number[])[] {
  for (const { attributes } of modules) {
    const [channels, features] = [attributes.get("in_channels"), attributes.get("in_features")];
    if (typeof channels === "number") return usualSides(channels).map((side) => [channels, side, side]);
    if (typeof features === "number") return [[features]];
  }
  return [];
}
