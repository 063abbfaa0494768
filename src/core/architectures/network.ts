import { Failure } from "../failure.ts";
import type { WeightSet } from "../formats/checkpoint.ts";
import { batchAxis, GraphBuilder } from "../graph/builder.ts";
import type { Dim, Program } from "../graph/graph.ts";
import type { Shape } from "../graph/shapes/value.ts";
import { Layers } from "../lowering/layers/layers.ts";
import { Parameters } from "../lowering/layers/parameters.ts";
import type { Architecture } from "./architecture.ts";

/** A network as it is described, before it is known whether a checkpoint's tensors are just its parameters. */
export interface Network {
  /** For people. */
  readonly name: string;
  /** Why it is believed to be the network, given that it takes every tensor of the checkpoint. */
  evidence(tensors: number): string;
  /** Sizes of one sample; symbols where any size will do. */
  readonly sampleShape: readonly Dim[];
  /** What people use it with. */
  readonly usualShape: Shape;
  /** Writes the network down behind its input; the value of its answer. */
  build(layers: Layers, x: string): string;
}

/**
 * The network as an architecture for a checkpoint, if it takes every one of its tensors, each with its shape; counters
 * aside.
 */
export function architectureOf(weights: WeightSet, network: Network): Architecture | undefined {
  const program = (sampleShape: Shape = network.usualShape): Program => write(weights, network, sampleShape).program;
  try {
    if (write(weights, network, network.usualShape).left.length > 0) return undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
  const count = [...weights.tensors.keys()].filter((name) => !name.endsWith("num_batches_tracked")).length;
  const { name, sampleShape } = network;
  return { source: "family", name, evidence: network.evidence(count), sampleShape, program };
}

function write(
  weights: WeightSet,
  network: Network,
  sampleShape: Shape,
): { readonly program: Program; readonly left: readonly string[] } {
  const builder = new GraphBuilder();
  const layers = new Layers(builder, new Parameters(weights));
  const input = builder.input("input", "float32", [batchAxis, ...sampleShape]);
  builder.output(network.build(layers, input));
  return { program: builder.build(network.name), left: layers.parameters.left() };
}

/** Any image of this many channels. */
export function imagesOf(channels: number): readonly Dim[] {
  return [channels, "height", "width"];
}
