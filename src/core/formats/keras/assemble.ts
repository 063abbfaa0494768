import type { Architecture } from "../../architectures/architecture.ts";
import { Failure } from "../../failure.ts";
import type { Dim } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { recordedShapes } from "../../lowering/keras/inputs.ts";
import { kindOf } from "../../lowering/keras/kinds.ts";
import type { Kinds } from "../../lowering/keras/layerKind.ts";
import { kerasProgram } from "../../lowering/keras/program.ts";
import { refuseUnsupported } from "../../lowering/keras/unsupported.ts";
import type { Checkpoint, Notice } from "../checkpoint.ts";
import { type Model, parseModel } from "./model.ts";
import type { JsonObject } from "./settings.ts";

/** Weights of some container, with or without a model to give them to. */
export interface KerasWeights {
  /** Tensors by full name for a model's layers. @throws Failure `keras/missing-weights`, `keras/unused-weights` */
  bind(model: Model, kinds: Kinds): ReadonlyMap<string, Tensor>;
  /** All tensors, under names of their own. */
  all(): ReadonlyMap<string, Tensor>;
}

/** What a container holds. */
export interface KerasParts {
  readonly format: "keras" | "hdf5" | "tfjs";
  readonly weights: KerasWeights;
  /** Description of the model: `{ class_name, config }`. */
  readonly description?: JsonObject | undefined;
  /** Where the description is from, as part of a sentence: `the file`, `config.json beside it`. */
  readonly origin: string;
  readonly source: Architecture["source"];
  readonly facts: ReadonlyMap<string, string>;
  /** Whether {@link KerasWeights.all} follows the model's layers. */
  readonly inModuleOrder: boolean;
}

/**
 * Puts weights and architecture together. A model that cannot be run here still has its weights: what keeps it from
 * running is a notice, and the failure of its program.
 * @throws Failure `keras/weight-shape` where weights do not fit the layers, and those of the weights' container
 */
export function assemble(parts: KerasParts): Checkpoint {
  const { description, format, facts } = parts;
  const unbound = (notices: readonly Notice[], refusal?: Failure): Checkpoint => ({
    format,
    weights: { tensors: parts.weights.all(), inModuleOrder: parts.inModuleOrder },
    layerWeights: parts.weights,
    ...(refusal && { architecture: refused(parts, refusal) }),
    provenance: { facts, notices, prefix: "", alternatives: new Map() },
  });
  if (!description) return unbound([]);
  try {
    const model = parseModel(description);
    refuseUnsupported(model);
    const tensors = parts.weights.bind(model, kindOf);
    const version = majorVersion(facts.get("keras_version"), description);
    const bound: Checkpoint = {
      format,
      weights: { tensors, inModuleOrder: true },
      layerWeights: parts.weights,
      architecture: architectureOf(parts, model, tensors, version),
      provenance: { facts, notices: [], prefix: "", alternatives: new Map() },
    };
    // Writing the program down once finds out whether the weights fit; no weight is read for it.
    if (recordedShapes(model).every((shape) => shape !== undefined)) bound.architecture?.program();
    return bound;
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith("keras/") || error.code === "keras/weight-shape")
      throw error;
    return unbound([{ code: error.code, message: error.message }], error);
  }
}

function architectureOf(
  parts: KerasParts,
  model: Model,
  tensors: ReadonlyMap<string, Tensor>,
  version: number,
): Architecture {
  const shapes = recordedShapes(model);
  const [first] = shapes;
  return {
    source: parts.source,
    name: nameOf(model),
    evidence: `${capitalised(parts.origin)} describes its ${model.layers.length} layers, and every weight fits.`,
    ...(shapes.length === 1 &&
      first && { sampleShape: first.map((size, i): Dim => size ?? openSize(i, first.length)) }),
    program: (sampleShape) => kerasProgram(model, tensors, version, sampleShape),
    withWeights(weights, name) {
      const bound = weights.bind(model, kindOf);
      const architecture = architectureOf({ ...parts, source: "donor", origin: name }, model, bound, version);
      architecture.program();
      return architecture;
    },
  };
}

/** Symbols for sizes that a model leaves open. */
function openSize(axis: number, rank: number): string {
  return rank === 3 ? (["height", "width", "channels"][axis] ?? "size") : axis === 0 ? "steps" : `size${axis}`;
}

/** The architecture of a model that cannot be run here. */
function refused(parts: KerasParts, refusal: Failure): Architecture {
  return {
    source: parts.source,
    name: "Keras model",
    evidence: `${capitalised(parts.origin)} describes it.`,
    program() {
      throw refusal;
    },
  };
}

function nameOf(model: Model): string {
  return `${model.name} (Keras ${model.kind === "sequential" ? "Sequential" : "Functional"})`;
}

/** As a sentence begins; names of files stay as they are. */
function capitalised(text: string): string {
  return text.replace(/^the /, "The ");
}

/** From what the file says, or from the form of its description: Keras 3 names modules. */
function majorVersion(version: string | undefined, description: JsonObject): number {
  const written = /^(\d+)\./.exec(version ?? "")?.[1];
  if (written !== undefined) return Number(written);
  return Object.hasOwn(description, "module") ? 3 : 2;
}
