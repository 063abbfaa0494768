import type { Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import type { Config } from "./config.ts";

/** A network while it is written down. */
export interface Network {
  readonly config: Config;
  readonly layers: Layers;
  /** Path of the module that the head stands on: `bert`; empty where the network is bare. */
  readonly base: string;
  /** What comes after the family in the name of the class: `Model`, `ForSequenceClassification`, … */
  readonly head: string;
  /** Sizes of one sample that were asked for, C × H × W. */
  readonly sampleShape: Shape | undefined;
}

/** A family of networks, as transformers builds them from a configuration. */
export interface Family {
  /** What the names of its classes begin with: `Bert`. */
  readonly names: readonly string[];
  /** Heads that are known: what the names end with. */
  readonly heads: readonly string[];
  /** Module that holds everything but the head, and the names of the modules and parameters in it. */
  readonly base: string;
  readonly children: readonly string[];
  /** What it takes; images of the configuration's size where {@link Network.sampleShape} says none. */
  readonly takes: "tokens" | "images";
  /** Sizes of images that it takes: any, or those of the configuration. */
  readonly anySize?: boolean;
  /** Writes the network down; its outputs, the answer first. */
  build(network: Network): readonly string[];
}

/** What a family made. */
export interface Built {
  readonly program: Program;
  /** Parameters that the network has no use for. */
  readonly left: readonly string[];
}
