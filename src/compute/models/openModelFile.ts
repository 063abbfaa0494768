import { Failure } from "../../core/failure.ts";
import type { Checkpoint } from "../../core/formats/checkpoint.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { FoundSettings } from "../probe/findSettings.ts";
import { type CheckpointFile, openCheckpoint } from "./checkpointFile.ts";
import { findArchitecture } from "./findArchitecture.ts";
import type { ModelFile } from "./modelFile.ts";

/**
 * Opens a checkpoint and finds its architecture.
 * @throws Failure `architecture/not-found` where weights are all there is, `weights/unknown` where the file has no weight
 *   set of the name asked for, and those of the readers.
 */
export function openModelFile(choice: ModelChoice, settings: FoundSettings | undefined): ModelFile {
  const file = openCheckpoint(choice.path);
  try {
    return modelFile(file, choice, settings);
  } catch (error) {
    file.close();
    throw error instanceof Failure ? error.in(choice.path) : error;
  }
}

/** The same for a file that is open already. The model closes it, with the files that its architecture is from. */
export function modelFile(file: CheckpointFile, choice: ModelChoice, settings: FoundSettings | undefined): ModelFile {
  const chosen = chosenWeights(file, choice.weights);
  const { checkpoint } = chosen;
  const found = findArchitecture(chosen, choice.architecture, settings?.model?.architecture);
  return {
    path: file.path,
    checkpoint: found.preprocessing ? withPreprocessing(checkpoint, found.preprocessing) : checkpoint,
    architecture: found.architecture,
    ...(found.path !== undefined && { architectureFile: found.path }),
    ...(choice.weights !== undefined && { weights: choice.weights }),
    get files() {
      return [...file.files, ...found.files];
    },
    close() {
      file.close();
      found.close();
    },
  };
}

function withPreprocessing(checkpoint: Checkpoint, preprocessing: Normalisation): Checkpoint {
  return { ...checkpoint, provenance: { preprocessing, ...checkpoint.provenance } };
}

/**
 * The file with the weight set that was asked for in place of the main one.
 * @throws Failure `weights/unknown`
 */
export function chosenWeights(file: CheckpointFile, name: string | undefined): CheckpointFile {
  if (name === undefined) return file;
  const checkpoint = withWeights(file.checkpoint, name);
  return {
    path: file.path,
    checkpoint,
    get files() {
      return file.files;
    },
    close: () => file.close(),
  };
}

/** The checkpoint with another of its weight sets in place of the main one, which the file's own graph does not fit. */
function withWeights({ architecture: _main, ...checkpoint }: Checkpoint, name: string): Checkpoint {
  const { alternatives } = checkpoint.provenance;
  const weights = alternatives.get(name);
  if (weights) return { ...checkpoint, weights };
  const names = [...alternatives.keys()].join(", ");
  throw new Failure("weights/unknown", `It holds no weights named "${name}".`, {
    hint: names === "" ? "It holds one set of weights only." : `It also holds: ${names}.`,
  });
}
