import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { assemble, type KerasWeights } from "../keras/assemble.ts";
import { bindListed } from "../keras/bindByName.ts";
import { readJsonObject } from "../keras/parseJson.ts";
import { isObject, type JsonObject, member } from "../keras/settings.ts";
import { weightedLayers } from "../keras/weightSlots.ts";
import { readManifest } from "./manifest.ts";

/**
 * Reads a model of TensorFlow.js: `model.json` and the shards that it names. Of a layers model, the description is
 * Keras's; of a graph model, the weights alone are read.
 * @param source `model.json`
 * @throws Failure `tfjs/bad-manifest`, `tfjs/short-weights`, `tfjs/dtype`, `path/outside-folder`, `path/not-local`,
 *   `file/missing`, `keras/*`
 */
export function readTfjs(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  const model = readJsonObject(source, "model.json");
  const tensors = readManifest(member(model, "weightsManifest"), siblings);
  const topology = member(model, "modelTopology");
  const facts = factsOf(model, isObject(topology) ? topology : {});
  if (member(model, "format") === "graph-model" || (isObject(topology) && Array.isArray(member(topology, "node")))) {
    return graphModel(tensors, facts);
  }
  return assemble({
    format: "tfjs",
    weights: new NamedWeights(tensors),
    description: isObject(topology) ? descriptionIn(topology) : undefined,
    origin: "model.json",
    source: "file",
    facts,
    inModuleOrder: true,
  });
}

/** Weights under names that hold their layer's. */
class NamedWeights implements KerasWeights {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(tensors: ReadonlyMap<string, Tensor>) {
    this.#tensors = tensors;
  }

  bind(...[model, kinds]: Parameters<KerasWeights["bind"]>): ReadonlyMap<string, Tensor> {
    const listed = [...this.#tensors].map(([name, tensor]) => ({ name, tensor }));
    return bindListed(weightedLayers(model.layers, kinds), listed, `The model "${model.name}"`);
  }

  all(): ReadonlyMap<string, Tensor> {
    return this.#tensors;
  }
}

/** A graph of TensorFlow's own operators: the weights are there, and the way to a network that can be run is said. */
function graphModel(tensors: ReadonlyMap<string, Tensor>, facts: ReadonlyMap<string, string>): Checkpoint {
  const refusal = new Failure(
    "tfjs/graph-model",
    "This is a TensorFlow.js graph model: its operators are TensorFlow's, frozen for running in a browser.",
    {
      hint: "Convert the model that it was made from: `tensorflowjs_converter --output_format tfjs_layers_model`, or tf2onnx.",
    },
  );
  return {
    format: "tfjs",
    weights: { tensors, inModuleOrder: false },
    architecture: {
      source: "file",
      name: "TensorFlow.js graph model",
      evidence: "model.json holds a frozen graph.",
      program() {
        throw refusal;
      },
    },
    provenance: {
      facts,
      notices: [{ code: refusal.code, message: refusal.message }],
      prefix: "",
      alternatives: new Map(),
    },
  };
}

/** The description is the topology itself, or stands within it. */
function descriptionIn(topology: JsonObject): JsonObject | undefined {
  const inner = member(topology, "model_config");
  if (isObject(inner)) return inner;
  return typeof member(topology, "class_name") === "string" ? topology : undefined;
}

function factsOf(model: JsonObject, topology: JsonObject): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  const values = [
    ["keras_version", member(topology, "keras_version")],
    ["generated_by", member(model, "generatedBy")],
    ["converted_by", member(model, "convertedBy")],
  ] as const;
  for (const [name, value] of values) if (typeof value === "string") facts.set(name, value.slice(0, 100));
  return facts;
}
