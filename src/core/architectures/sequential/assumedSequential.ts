import { Failure } from "../../failure.ts";
import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import type { Architecture } from "../architecture.ts";
import { architectureOf } from "../network.ts";
import { type AssumedStep, assumedSteps, readings } from "./assumedSteps.ts";
import { type Chain, chainOf } from "./chain.ts";
import { describeAssumptions } from "./describeAssumptions.ts";
import { fits, type Windows } from "./fitSizes.ts";
import { imageOfVector, usualSides } from "./usualSides.ts";

/**
 * A network of numbered layers without a record of those that have no weights: they are assumed to be the usual ones, with
 * sizes that make the layers meet. What was assumed is in the evidence.
 *
 * @returns `undefined` for names that are no chain of convolutions, batch norms and linear layers, and where nothing usual fits.
 */
export function assumedSequential(weights: WeightSet): Architecture | undefined {
  const chain = chainOf(weights);
  const layers = chain?.containers.flat() ?? [];
  const first = layers.find(({ kind }) => kind !== "batchNorm");
  // Without a linear layer behind the convolutions no size tells strides from paddings.
  if (!chain || !first || !layers.some(({ kind }) => kind === "linear")) return undefined;
  const inputs = first.shape[1] ?? 0;
  const shapes =
    first.kind === "conv"
      ? usualSides(inputs).map((side) => [inputs, side, side])
      : [imageOfVector(inputs) ?? [inputs]];
  for (const isUniform of [true, false]) {
    // Windows that differ from layer to layer fit almost any size: only the likeliest are worth it.
    for (const shape of isUniform ? shapes : shapes.slice(0, 2)) {
      const assumption = assume(chain, shape, isUniform);
      const found = assumption && architecture(weights, chain, shape, assumption);
      if (found) return found;
    }
  }
  return undefined;
}

/** One way to read a chain. */
export interface Assumption {
  readonly steps: readonly AssumedStep[];
  readonly windows: Windows;
  /** Whether another usual choice of windows fits the same images. */
  readonly isOneOfSeveral: boolean;
}

/** The likeliest reading of a chain for samples of a shape. */
function assume(chain: Chain, shape: readonly number[], isUniform: boolean): Assumption | undefined {
  const [, height = 1, width = 1] = shape;
  for (const reading of readings) {
    const steps = assumedSteps(chain, reading);
    const found: Windows[] = [];
    for (const windows of fits(steps, height, width, isUniform)) {
      if (found.push(windows) === 2) break;
    }
    if (found[0]) return { steps, windows: found[0], isOneOfSeveral: found.length > 1 };
  }
  return undefined;
}

function architecture(
  weights: WeightSet,
  chain: Chain,
  shape: readonly number[],
  assumption: Assumption,
): Architecture | undefined {
  return architectureOf(weights, {
    name: `Sequential of ${chain.containers.flat().length} layers`,
    evidence: () => describeAssumptions(assumption, shape),
    sampleShape: shape,
    usualShape: shape,
    build(layers, x) {
      const given = layers.builder.shapeOf(x).slice(1).map(Number);
      const { steps, windows } = assume(chain, given, true) ?? assume(chain, given, false) ?? refuse(given);
      const isVector = steps[0]?.kind === "weighted" && steps[0].layer.kind === "linear";
      const start = isVector && given.length > 1 ? layers.flatten(x) : x;
      return steps.reduce((value, step) => write(layers, value, step, windows), start);
    },
  });
}

function refuse(shape: readonly number[]): never {
  throw new Failure(
    "architecture/sample-shape",
    `No usual strides and paddings make this chain of layers take samples of shape ${shape.join(" × ")}.`,
    { hint: "Give the architecture by a donor file: an export of the network as .pt2 or ONNX." },
  );
}

function write(layers: Layers, x: string, step: AssumedStep, windows: Windows): string {
  switch (step.kind) {
    case "relu":
      return layers.relu(step.path, x);
    case "maxPool":
      return layers.maxPool(step.path, x, { kernel: 2 });
    case "globalPool":
      return layers.adaptiveAvgPool(step.path, x);
    case "flatten":
      return layers.within(step.path, () => layers.flatten(x));
    case "weighted": {
      const { kind, path } = step.layer;
      if (kind === "conv") return layers.conv2d(path, x, windows.get(step.layer));
      return kind === "linear" ? layers.linear(path, x) : layers.batchNorm(path, x);
    }
  }
}
