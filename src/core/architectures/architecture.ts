import type { KerasWeights } from "../formats/keras/assemble.ts";
import type { Dim, Program } from "../graph/graph.ts";
import type { Shape } from "../graph/shapes/value.ts";
import type { BatchNormPoint } from "./plausibility/batchNormPoints.ts";

/** A network's structure, and how it was found out. */
export interface Architecture {
  /**
   * - `file`: the checkpoint holds it;
   * - `donor`: another file whose parameters fit;
   * - `family`: recognised by names and shapes of the weights;
   * - `config`: a configuration file beside the weights (`config.json`).
   */
  readonly source: "file" | "donor" | "family" | "config";
  /** For people: `ResNet-18 (torchvision)`, `main_graph`. */
  readonly name: string;
  /** One sentence that says why this is believed to be the network. */
  readonly evidence: string;
  /**
   * Sizes of one sample that the network takes, without the samples' axis; a symbol where any size will do. Absent where
   * {@link program} needs none to be told.
   */
  readonly sampleShape?: readonly Dim[];
  /** Batch norms that are not in the graph, being folded into layers, and whose statistics the checkpoint has. */
  readonly foldedBatchNorms?: readonly BatchNormPoint[];
  /**
   * The network with its weights.
   * @param sampleShape sizes of one sample; what {@link sampleShape} says, or what people use it with, where none is given.
   * @throws Failure that names what keeps the network from being run.
   */
  program(sampleShape?: Shape): Program;
  /**
   * The network that this one's description makes of other weights, for formats that describe layers.
   * @param name of the file of this description, for people.
   * @throws Failure `keras/missing-weights`, `keras/weight-shape` where they do not fit.
   */
  withWeights?(weights: KerasWeights, name: string): Architecture;
}
