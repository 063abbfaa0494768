import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { type Hdf5Object, openHdf5 } from "../hdf5/file.ts";
import { assemble, type KerasParts, type KerasWeights } from "./assemble.ts";
import { LegacyWeights, longList } from "./legacyWeights.ts";
import { parseJsonObject } from "./parseJson.ts";
import type { JsonObject } from "./settings.ts";
import { siblingDescription } from "./siblingDescription.ts";
import { collect, TreeWeights } from "./treeWeights.ts";

/**
 * Reads an HDF5 file: a whole model of Keras 2 or 3, weights alone of either (with a description beside them where there
 * is one), or any other file of numbers.
 * @param siblings the files beside it
 * @throws Failure `h5/*`, `keras/weight-shape`, `keras/bad-config`, `no-tensors`
 */
export function readKerasHdf5(source: ByteSource, siblings?: SiblingFiles): Checkpoint {
  const root = openHdf5(source);
  const weights = weightsOf(root, source);
  const own = descriptionIn(root);
  const parts: KerasParts = {
    format: "hdf5",
    weights,
    description: own,
    origin: "the file itself",
    source: "file",
    facts: factsOf(root),
    inModuleOrder: weights instanceof LegacyWeights,
  };
  if (own || !(weights instanceof LegacyWeights || weights instanceof TreeWeights)) return assemble(parts);
  const beside = siblings && siblingDescription(source, siblings);
  if (!beside) return assemble(parts);
  const description = {
    description: beside.description,
    origin: `${beside.name} beside it`,
    source: "config",
  } as const;
  const described = ofTheWeights(() => assemble({ ...parts, ...description }));
  if (described instanceof Failure) {
    const alone = assemble(parts);
    const message = `${beside.name} beside it describes another model: ${described.message}`;
    return { ...alone, provenance: { ...alone.provenance, notices: [{ code: described.code, message }] } };
  }
  return described;
}

/** The checkpoint, or why the description is not that of the weights. What cannot be run here may still be it. */
function ofTheWeights(read: () => Checkpoint): Checkpoint | Failure {
  try {
    const checkpoint = read();
    const [notice] = checkpoint.provenance.notices;
    if (!notice || notice.code.startsWith("keras/unsupported-")) return checkpoint;
    return new Failure(notice.code, notice.message);
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("keras/")) return error;
    throw error;
  }
}

function weightsOf(root: Hdf5Object, source: ByteSource): KerasWeights {
  const inner = root.get("model_weights");
  const legacy = inner ?? root;
  if (inner || LegacyWeights.isIn(legacy)) return new LegacyWeights(legacy);
  if (TreeWeights.isIn(root)) return new TreeWeights([root]);
  const tensors = new Map<string, Tensor>();
  collect(root, tensors);
  if (tensors.size === 0) {
    throw new Failure("no-tensors", "An HDF5 file without numbers, or without any that a model would hold.", {
      file: source.name,
    });
  }
  return {
    all: () => tensors,
    bind() {
      throw new Failure("keras/missing-weights", "Its data sets are not laid out as Keras does.");
    },
  };
}

function descriptionIn(root: Hdf5Object): JsonObject | undefined {
  const config = longList(root, "model_config");
  return config && parseJsonObject(config.join(""), "model_config");
}

function factsOf(root: Hdf5Object): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  const places = [root, root.get("model_weights")];
  for (const name of ["keras_version", "backend"]) {
    const value = places.map((place) => place?.texts(name)?.[0]).find((text) => text !== undefined);
    if (value !== undefined) facts.set(name, value.slice(0, 100));
  }
  return facts;
}
