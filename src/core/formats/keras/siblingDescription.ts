import { Failure } from "../../failure.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import { openHdf5 } from "../hdf5/file.ts";
import { sniff } from "../sniff.ts";
import { openZip } from "../zip.ts";
import { longList } from "./legacyWeights.ts";
import { parseJsonObject, readJsonObject } from "./parseJson.ts";
import { isObject, type JsonObject, member } from "./settings.ts";

/** A description of a model that stands beside weights. */
export interface SiblingDescription {
  /** Name of that file, for people. */
  readonly name: string;
  readonly description: JsonObject;
}

/** Files in which people keep `model.to_json()`, and the whole model beside weights of single epochs. */
const usualNames = ["config.json", "model.json", "architecture.json", "model_config.json", "model.keras"];

/**
 * Looks beside a file of weights for a Keras model's description: a file of the same stem, or of a usual name. Files of
 * those names that hold something else are passed over.
 */
export function siblingDescription(source: ByteSource, siblings: SiblingFiles): SiblingDescription | undefined {
  const file = source.name.split(/[/\\]/).at(-1) ?? "";
  const stem = file.replace(/(?:[._-]weights?)?\.(?:h5|hdf5|keras)$/i, "");
  const stems = [stem, file.replace(/\.[^.]+$/, "")].filter((each) => each !== "" && each !== file);
  const own = stems.flatMap((each) => [`${each}.json`, `${each}.keras`]);
  for (const name of new Set([...own, ...usualNames])) {
    const description = attempt(() => descriptionOf(siblings.open(name)));
    if (description) return { name, description };
  }
  return undefined;
}

/**
 * The description that a file of Keras's holds: `.keras`, a whole `.h5`, the JSON text of `model.to_json()` or
 * TensorFlow.js's `model.json`. `undefined` where it holds none.
 * @throws Failure of the container
 */
function descriptionOf(source: ByteSource): JsonObject | undefined {
  const kind = sniff(source);
  if (kind === "zip") return described(readJsonObject(openZip(source).open("config.json"), "config.json"));
  if (kind === "hdf5") {
    const text = longList(openHdf5(source), "model_config")?.join("");
    return text === undefined ? undefined : described(parseJsonObject(text, "model_config"));
  }
  return kind === "json" ? described(readJsonObject(source, "description")) : undefined;
}

/** TensorFlow.js and some scripts keep the description within another object. */
function described(json: JsonObject): JsonObject | undefined {
  const topology = member(json, "modelTopology");
  const outer = isObject(topology) ? topology : json;
  const inner = member(outer, "model_config");
  const description = isObject(inner) ? inner : outer;
  return typeof member(description, "class_name") === "string" ? description : undefined;
}

function attempt(read: () => JsonObject | undefined): JsonObject | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
