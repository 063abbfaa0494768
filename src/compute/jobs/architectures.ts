import { Failure } from "../../core/failure.ts";
import type { ArchitectureOption, ArchitecturesParams } from "../../protocol/compute.ts";
import type { Job } from "../job.ts";
import { type Candidate, candidates } from "../models/architectureCandidates.ts";
import { openCheckpoint } from "../models/checkpointFile.ts";
import { isTelling } from "../models/findArchitecture.ts";
import { chosenWeights } from "../models/openModelFile.ts";
import { findSettings } from "../probe/findSettings.ts";
import { nextTurn } from "./exhaust.ts";

/**
 * What may be the architecture of a checkpoint, in the order in which it is looked for, with why it is or is not. Neighbours
 * that have nothing to give (other checkpoints, broken files) are left out.
 */
export async function architectures(params: ArchitecturesParams, job: Job): Promise<readonly ArchitectureOption[]> {
  const { path, weights } = params.model;
  const opened = openCheckpoint(path);
  try {
    const file = chosenWeights(opened, weights);
    const options: ArchitectureOption[] = [];
    for (const candidate of candidates(file, findSettings(path)?.model?.architecture)) {
      // A folder may hold many donors, and each of them takes a while to be read.
      await nextTurn();
      job.signal.throwIfAborted();
      const option = judged(candidate);
      if (option && !options.some((known) => isSame(known, option))) options.push(option);
    }
    return options;
  } finally {
    opened.close();
  }
}

function judged(candidate: Candidate): ArchitectureOption | undefined {
  const { source, path } = candidate;
  const from = { source, ...(path !== undefined && { path }) };
  try {
    const found = candidate.open();
    if (!found) return undefined;
    const { name, evidence } = found.architecture;
    found.close();
    return { ...from, name, evidence, fits: true };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return isTelling(candidate, error) ? { ...from, name: "", evidence: error.message, fits: false } : undefined;
  }
}

/** What `likeness.json` names may lie nearby as well. */
function isSame(a: ArchitectureOption, b: ArchitectureOption): boolean {
  return a.source === b.source && a.path === b.path;
}
