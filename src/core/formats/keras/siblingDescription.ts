import { Failure } from "../../failure.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import { readJsonObject } from "./parseJson.ts";
import { isObject, type JsonObject, member } from "./settings.ts";

/** A description of a model that stands beside weights. */
export interface SiblingDescription {
  readonly name: string;
  readonly description: JsonObject;
}

/** Files in which people keep `model.to_json()`. */
const usualNames = ["config.json", "model.json", "architecture.json", "model_config.json"];

/**
 * Looks beside a file of weights for a Keras model's description: a JSON file of the same stem, or of a usual name.
 * Files of those names that hold something else are passed over.
 */
export function siblingDescription(source: ByteSource, siblings: SiblingFiles): SiblingDescription | undefined {
  const file = source.name.split(/[/\\]/).at(-1) ?? "";
  const stem = file.replace(/(?:[._-]weights?)?\.(?:h5|hdf5|keras)$/i, "");
  const stems = [stem, file.replace(/\.[^.]+$/, "")].filter((each) => each !== "" && each !== file);
  for (const name of new Set([...stems.map((each) => `${each}.json`), ...usualNames])) {
    const description = readDescription(name, siblings);
    if (description) return { name, description };
  }
  return undefined;
}

function readDescription(name: string, siblings: SiblingFiles): JsonObject | undefined {
  try {
    const json = readJsonObject(siblings.open(name), name);
    // TensorFlow.js and some scripts keep the description within another object.
    const topology = member(json, "modelTopology");
    const outer = isObject(topology) ? topology : json;
    const inner = member(outer, "model_config");
    const description = isObject(inner) ? inner : outer;
    return typeof member(description, "class_name") === "string" ? description : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
