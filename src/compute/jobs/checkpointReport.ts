import type { Architecture, ModelReport } from "../../core/report/report.ts";
import type { CheckpointFile } from "../models/checkpointFile.ts";
import { parameterCount } from "../models/openModel.ts";

const noArchitecture: Architecture = { source: "none", name: "", evidence: "it was not looked for" };

/** What a report says of a checkpoint whose weights are looked at and whose network is not run. */
export function checkpointReport({ path, checkpoint }: CheckpointFile): ModelReport {
  const { source, name, evidence } = checkpoint.architecture ?? noArchitecture;
  return {
    path,
    format: checkpoint.format,
    digest: "",
    architecture: { source, name, evidence },
    parameters: parameterCount(checkpoint.weights.tensors.values()),
    taps: [],
    preprocessing: { mean: [], std: [], source: "none" },
    facts: Object.fromEntries(checkpoint.provenance.facts),
  };
}
