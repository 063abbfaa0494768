import { Failure } from "../../failure.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { readTensorBundle } from "./reader.ts";

const variablesFolder = "variables";

/**
 * Reads the variables of a SavedModel (`saved_model.pb` with the folder `variables`). Its graph is not read: a notice says
 * how to convert it.
 * @param siblings the files of the folder of `saved_model.pb`
 * @throws Failure `tensorflow/no-variables`, and those of {@link readTensorBundle}.
 */
export function readSavedModel(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  const variables: SiblingFiles = { open: (path) => siblings.open(`${variablesFolder}/${path}`) };
  const checkpoint = readTensorBundle(openIndex(source, variables), variables);
  const notice = {
    code: "saved-model/graph-not-read",
    message: `The graph of a SavedModel is not read, only its variables. To run it, convert it: ${conversion}`,
  };
  const { provenance } = checkpoint;
  return { ...checkpoint, provenance: { ...provenance, notices: [...provenance.notices, notice] } };
}

/** What turns a SavedModel into what is read. */
export const conversion = "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx";

function openIndex(source: ByteSource, variables: SiblingFiles): ByteSource {
  try {
    return variables.open("variables.index");
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "file/missing") throw error;
    throw new Failure("tensorflow/no-variables", "The SavedModel has no variables beside it.", {
      file: source.name,
      hint: `Copy its folder whole, or convert it where it is whole: ${conversion}`,
    });
  }
}
