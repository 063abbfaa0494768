import { Failure } from "../../failure.ts";
import { type Node, parseNodes, type TensorRef, tensorRefs } from "./inboundNodes.ts";
import { isObject, type Json, type JsonObject, member, Settings } from "./settings.ts";

/** One layer of a model, as its configuration describes it. A model within a model is a layer, too. */
export interface Layer {
  /** Keras's own class or somebody's: a key for tables, never looked up anywhere else. */
  readonly className: string;
  /** The Python module of the class; empty where the file (Keras 2) does not say. */
  readonly module: string;
  /** Under which name somebody's own class was registered; empty for Keras's own. */
  readonly registeredName: string;
  readonly name: string;
  readonly settings: Settings;
  /** The calls of a layer of a functional model. */
  readonly nodes: readonly Node[];
  /** Of a model within the model. */
  readonly model?: Model;
  /** Sizes of what it takes, samples' axis first, where they are recorded; unknown ones are `undefined`. */
  readonly inputShape: readonly (number | undefined)[] | undefined;
}

/** A model whose structure the configuration gives. */
export interface Model {
  readonly name: string;
  readonly kind: "sequential" | "functional";
  /** In the order of the file, which is that in which weights are counted. */
  readonly layers: readonly Layer[];
  /** What a functional model takes and gives. */
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

const modelClasses: ReadonlyMap<string, Model["kind"]> = new Map([
  ["Sequential", "sequential"],
  ["Functional", "functional"],
  ["Model", "functional"],
]);
const maximumDepth = 16;
const maximumLayers = 20_000;

/**
 * Reads the description of a model: `{ class_name, config }`, of Keras 2 or 3.
 * @throws Failure `keras/unsupported-class` where the model is of somebody's own class, `keras/bad-config`
 */
export function parseModel(description: JsonObject, depth = 0): Model {
  const className = textOf(description, "class_name");
  const kind = modelClasses.get(className);
  const config = member(description, "config");
  if (kind === undefined || isForeign(description) || (kind === "functional" && !hasLayers(config))) {
    throw new Failure("keras/unsupported-class", `The model is of the class ${quote(qualifiedName(description))}.`, {
      hint: "Only its author's Python knows how it computes. Its weights can be compared; for the rest, save a Sequential or Functional model, or export ONNX.",
    });
  }
  if (depth > maximumDepth) throw new Failure("keras/bad-config", "Models are nested too deeply.");
  // Keras 1 and early Keras 2 wrote the list of a sequential model's layers alone.
  const settings = isObject(config) ? config : { layers: config ?? [] };
  const name = textOf(settings, "name") || "model";
  const descriptions = member(settings, "layers");
  if (!Array.isArray(descriptions) || descriptions.length > maximumLayers || !descriptions.every(isObject)) {
    throw new Failure("keras/bad-config", `The model "${name}" has no list of layers.`);
  }
  const layers = descriptions.map((each, index) => parseLayer(each, depth, index));
  if (new Set(layers.map((layer) => layer.name)).size < layers.length) {
    throw new Failure("keras/bad-config", `Two layers of the model "${name}" have the same name.`);
  }
  const shape = member(settings, "build_input_shape");
  const [first] = layers;
  const shaped =
    kind === "sequential" && first && !first.inputShape && shape !== undefined
      ? [{ ...first, inputShape: shapeOf(shape) }, ...layers.slice(1)]
      : layers;
  return {
    name,
    kind,
    layers: shaped,
    inputs: kind === "functional" ? tensorRefs(member(settings, "input_layers")) : [],
    outputs: kind === "functional" ? tensorRefs(member(settings, "output_layers")) : [],
  };
}

/** Reads the description of one layer. @throws Failure `keras/bad-config` */
export function parseLayer(description: JsonObject, depth: number, index: number): Layer {
  const className = textOf(description, "class_name");
  const config = member(description, "config");
  const settings = isObject(config) ? config : {};
  const name = textOf(description, "name") || textOf(settings, "name") || `${className.toLowerCase()}_${index}`;
  const isModel = modelClasses.has(className) && !isForeign(description) && (isObject(config) || Array.isArray(config));
  const build = member(description, "build_config");
  const shape =
    member(settings, "batch_shape") ??
    member(settings, "batch_input_shape") ??
    (isObject(build) ? member(build, "input_shape") : undefined);
  return {
    className,
    module: textOf(description, "module"),
    registeredName: isForeign(description) ? qualifiedName(description) : "",
    name,
    settings: new Settings(settings, `layer "${name}" (${className})`),
    nodes: parseNodes(member(description, "inbound_nodes")),
    inputShape: shapeOf(shape),
    ...(isModel && { model: parseModel({ ...description, config: withName(config, name) }, depth + 1) }),
  };
}

/** What a class is called for people: with its module or registered name where they say more. */
function qualifiedName(description: JsonObject): string {
  const module = textOf(description, "module");
  const className = textOf(description, "class_name");
  return textOf(description, "registered_name") || (module ? `${module}.${className}` : className);
}

/** Whether a class is somebody's own: registered under a name with a package, or out of a module that is not Keras's. */
function isForeign(description: JsonObject): boolean {
  const registered = textOf(description, "registered_name");
  const module = textOf(description, "module");
  if (registered.includes(">")) return !registered.startsWith("Keras>");
  return module !== "" && !/^(?:tf_)?keras(?:$|\.|_)|^tensorflow\.python\.keras(?:$|\.)|^builtins$/.test(module);
}

function hasLayers(config: Json | undefined): boolean {
  return isObject(config) && Array.isArray(member(config, "layers"));
}

function withName(config: Json | undefined, name: string): Json {
  return isObject(config) ? { ...config, name } : { name, layers: config ?? [] };
}

function shapeOf(value: Json | undefined): readonly (number | undefined)[] | undefined {
  // Without the samples' axis it says nothing.
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (!value.every((size) => size === null || (typeof size === "number" && Number.isInteger(size) && size >= 0))) {
    return undefined;
  }
  return value.map((size) => (typeof size === "number" ? size : undefined));
}

function textOf(object: JsonObject, name: string): string {
  const value = member(object, name);
  return typeof value === "string" ? value : "";
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
