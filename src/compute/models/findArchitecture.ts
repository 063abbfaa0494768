import { basename } from "node:path";
import { Failure } from "../../core/failure.ts";
import { type Candidate, candidates, type FoundArchitecture, namedCandidate } from "./architectureCandidates.ts";
import type { CheckpointFile } from "./checkpointFile.ts";

/**
 * Finds what a checkpoint's weights are the weights of: what the user names, else the first of the {@link candidates} that
 * fits.
 *
 * @param named path of the file that the user says tells the architecture; the checkpoint's own for itself alone.
 * @param fromSettings path of the file that `likeness.json` names.
 * @throws Failure `architecture/not-found`, with what was tried; what is named must fit, or its failure is thrown.
 */
export function findArchitecture(
  file: CheckpointFile,
  named: string | undefined,
  fromSettings: string | undefined,
): FoundArchitecture {
  const tried: string[] = [];
  if (named !== undefined) {
    const found = namedCandidate(file, named);
    if (found) return found;
    throw notFound(tried);
  }
  for (const candidate of candidates(file, fromSettings)) {
    try {
      const found = candidate.open();
      if (found) return found;
    } catch (error) {
      if (!(error instanceof Failure) || candidate.isNamed) throw error;
      if (isTelling(candidate, error)) tried.push(`${basename(candidate.path ?? "")}: ${error.message}`);
    }
  }
  throw notFound(tried);
}

/** A neighbour that is broken, or bare weights itself, is no reason; one that nearly fits is. */
export function isTelling({ source, isNamed }: Candidate, { code }: Failure): boolean {
  return isNamed === true || source !== "donor" || code === "architecture/donor-mismatch";
}

function notFound(tried: readonly string[]): Failure {
  const reasons = tried.length === 0 ? "" : ` Tried: ${tried.slice(0, 3).join(" ")}`;
  return new Failure(
    "architecture/not-found",
    `The file holds weights alone; no file beside it holds a network that they fit, and they are of no known family.${reasons}`,
    {
      hint: "Name a file that holds the architecture: an .onnx or .pt2 export, a TorchScript archive, a Keras model of the same network (on the command line with --arch FILE).",
    },
  );
}
