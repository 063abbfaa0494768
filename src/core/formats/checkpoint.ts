import type { Architecture } from "../architectures/architecture.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Normalisation } from "../probe/preprocessing.ts";
import type { KerasWeights } from "./keras/assemble.ts";

/** What a reader makes of a file or folder: weights, perhaps an architecture, and what else is known of it. */
export interface Checkpoint {
  /** The container by its short name: `onnx`, `pytorch`, `safetensors`, `pt2`, `torchscript`, `keras`, `hdf5`, … */
  readonly format: string;
  readonly weights: WeightSet;
  /** The weights by the layers they are of, for formats that do not name them otherwise: a description of layers takes them. */
  readonly layerWeights?: KerasWeights;
  /** Absent where the file holds weights alone. */
  readonly architecture?: Architecture;
  readonly provenance: Provenance;
}

/** Named tensors by reference; many weight sets may fit one graph. */
export interface WeightSet {
  /** By name, prefixes already taken off. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /**
   * Whether the order of the names is that in which the network's modules were made. Pickles keep it; safetensors sorts,
   * so that nothing may be concluded from its order.
   */
  readonly inModuleOrder: boolean;
}

/** Where weights come from, and what was done to find them. */
export interface Provenance {
  /** Facts for people, by name: `epoch`, `global_step`, `val_acc`, `producer`, … */
  readonly facts: ReadonlyMap<string, string>;
  /** What a user should know of the file; codes are `format/reason`. */
  readonly notices: readonly Notice[];
  /** What was taken off the front of every name: `module.`, `_orig_mod.`; empty where nothing was. */
  readonly prefix: string;
  /** Normalisation that the checkpoint declares for its input and does not apply itself. */
  readonly preprocessing?: Normalisation;
  /** Further weight sets in the same file, such as an exponential moving average, by their name there. */
  readonly alternatives: ReadonlyMap<string, WeightSet>;
  /**
   * Modules with what their constructors were told, by module path, the network itself by `""`, in the order in which it
   * holds them; where the file records them (whole-module pickles).
   */
  readonly modules?: ReadonlyMap<string, ModuleRecord>;
}

export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** A module as a pickle records it: its class, and its plain attributes (`stride`, `eps`, …). */
export interface ModuleRecord {
  /** Qualified name of the class, e.g. `torch.nn.modules.conv.Conv2d`. */
  readonly className: string;
  readonly attributes: ReadonlyMap<string, ModuleAttribute>;
}

export type ModuleAttribute = number | boolean | string | null | readonly ModuleAttribute[];

/** A provenance with nothing to say. */
export const noProvenance: Provenance = { facts: new Map(), notices: [], prefix: "", alternatives: new Map() };
