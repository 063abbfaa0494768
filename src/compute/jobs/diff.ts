import { weightDifferences } from "../../core/diff/weightDifferences.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import type { Report } from "../../core/report/report.ts";
import type { DiffParams } from "../../protocol/compute.ts";
import type { Job } from "../job.ts";
import { type CheckpointFile, noticesOf, openCheckpoint } from "../models/checkpointFile.ts";
import { chosenWeights } from "../models/openModelFile.ts";
import { checkpointReport } from "./checkpointReport.ts";
import { nextTurn } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Compares the weights of two checkpoints, tensor by tensor, in float64. Nothing is run; memory stays small whatever the
 * files' sizes.
 * @throws Failure as `inspect` does for a file that cannot be read.
 */
export async function diff({ models }: DiffParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("diff");
  job.report({ phase: "Reading" });
  const opened: CheckpointFile[] = [];
  try {
    for (const { path } of models) opened.push(openCheckpoint(path));
    const files = opened.map((file, i) => chosenWeights(file, models[i]?.weights));
    const [a, b] = files.map(({ checkpoint }) => checkpoint.weights.tensors);
    if (!a || !b) throw new RangeError("a difference is between two");
    const total = [...a.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const computation = weightDifferences(a, b);
    let done = 0;
    let step = computation.next();
    for (; !step.done; step = computation.next()) {
      done += step.value;
      job.report({ phase: "Comparing weights", done: Math.min(done, total), total });
      await nextTurn();
      job.signal.throwIfAborted();
    }
    return frame.report({
      models: files.map(checkpointReport),
      weights: step.value,
      warnings: files.flatMap(noticesOf),
    });
  } finally {
    for (const file of opened) file.close();
  }
}
