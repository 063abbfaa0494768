import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { openHdf5 } from "../hdf5/file.ts";
import { openZip, type ZipArchive } from "../zip.ts";
import { assemble, type KerasWeights } from "./assemble.ts";
import { readJsonObject } from "./parseJson.ts";
import { type JsonObject, member } from "./settings.ts";
import { TreeWeights } from "./treeWeights.ts";

const wholeWeights = "model.weights.h5";
const shardIndex = "model.weights.json";

/**
 * Reads a `.keras` file: a zip of `config.json`, `metadata.json` and the weights, in one HDF5 file or in shards.
 * @throws Failure `keras/no-config`, `keras/npz-weights`, `keras/weight-shape`, and those of `zip/*` and `h5/*`
 */
export function readKeras(source: ByteSource): Checkpoint {
  const archive = openZip(source);
  if (!archive.entries.has("config.json")) {
    throw new Failure("keras/no-config", "It has no member config.json, which describes a Keras model.", {
      file: source.name,
    });
  }
  const metadata = archive.entries.has("metadata.json")
    ? readJsonObject(archive.open("metadata.json"), "metadata.json")
    : {};
  return assemble({
    format: "keras",
    weights: weightsOf(archive, source),
    description: readJsonObject(archive.open("config.json"), "config.json"),
    origin: "the file's own config.json",
    source: "file",
    facts: factsOf(metadata),
    inModuleOrder: false,
  });
}

function weightsOf(archive: ZipArchive, source: ByteSource): KerasWeights {
  const names = [...archive.entries.keys()];
  const files = archive.entries.has(shardIndex)
    ? names.filter((name) => /^[^/]+\.weights\.h5$/.test(name))
    : names.filter((name) => name === wholeWeights);
  if (files.length === 0 && names.includes("model.weights.npz")) {
    throw new Failure("keras/npz-weights", "Its weights are pickled NumPy objects (model.weights.npz).", {
      file: source.name,
      hint: "Install h5py where the model was made and save it again: Keras then writes HDF5.",
    });
  }
  const filled = files.map((name) => archive.open(name)).filter(({ size }) => size > 0);
  return new TreeWeights(filled.map(openHdf5));
}

function factsOf(metadata: JsonObject): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const name of ["keras_version", "date_saved"]) {
    const value = member(metadata, name);
    if (typeof value === "string") facts.set(name, value.slice(0, 100));
  }
  return facts;
}
