import { Failure } from "../../failure.ts";
import type { Layer, Model } from "../../formats/keras/model.ts";
import { activationName, knowsActivation } from "./activations.ts";
import { kindOf } from "./kinds.ts";
import { isRecurrent, unknownFunctions } from "./recurrent.ts";
import { innerLayer } from "./wrappers.ts";

const wayOut =
  "Its weights can be compared as they are; to run it, export the model to ONNX where it was made (tf2onnx, or Keras's own export).";

/**
 * Refuses a model that cannot be written down, with everything that keeps it from being so.
 * @throws Failure `keras/unsupported-class` where layers are of somebody's own classes, `keras/unsupported-layer` where
 *   they are Keras's
 */
export function refuseUnsupported(model: Model): void {
  const own = new Map<string, string[]>();
  const keras = new Map<string, string[]>();
  for (const { layer, path } of everyLayer(model)) {
    if (layer.registeredName !== "") note(own, layer.registeredName, path);
    else if (!layer.model && layer.className !== "InputLayer" && !kindOf(layer)) note(keras, describe(layer), path);
    for (const name of unknownActivations(layer)) note(keras, `the function "${name}"`, path);
  }
  if (own.size > 0) {
    throw new Failure(
      "keras/unsupported-class",
      `The model uses classes that are not Keras's: ${list([...own, ...keras])}.`,
      {
        hint: wayOut,
      },
    );
  }
  if (keras.size > 0) {
    throw new Failure("keras/unsupported-layer", `The model uses what cannot be run here: ${list([...keras])}.`, {
      hint: keras.has("Lambda") ? `A Lambda layer holds Python code, which is never run. ${wayOut}` : wayOut,
    });
  }
}

/** A layer's class for people; a function between layers by its own name. */
function describe(layer: Layer): string {
  const called = layer.settings.raw("function");
  return layer.className === "TFOpLambda" && typeof called === "string" ? `tf.${called}` : layer.className;
}

/** Every layer, those in models and wrappers included. */
function* everyLayer(model: Model, path = ""): Generator<{ readonly layer: Layer; readonly path: string }> {
  for (const layer of model.layers) {
    const at = path === "" ? layer.name : `${path}/${layer.name}`;
    yield { layer, path: at };
    if (layer.model) yield* everyLayer(layer.model, at);
    let inner = layer.className === "Bidirectional" || layer.className === "TimeDistributed" ? layer : undefined;
    for (let depth = 0; inner && depth < 8; depth++) {
      inner = innerLayer(inner.settings, "layer");
      if (inner) yield { layer: inner, path: at };
    }
  }
}

function unknownActivations(layer: Layer): string[] {
  if (isRecurrent(layer.className)) return unknownFunctions(layer.settings);
  const setting = layer.settings.raw("activation");
  return setting === undefined || knowsActivation(setting) ? [] : [activationName(setting)];
}

function note(found: Map<string, string[]>, what: string, path: string): void {
  const paths = found.get(what);
  if (paths) paths.push(path);
  else found.set(what, [path]);
}

const namedLayers = 8;

function list(found: readonly (readonly [string, readonly string[]])[]): string {
  return found
    .map(([what, paths]) => {
      const rest = paths.length > namedLayers ? ` and ${paths.length - namedLayers} more` : "";
      return `${what} (${paths.slice(0, namedLayers).join(", ")}${rest})`;
    })
    .join("; ");
}
