import { sameBytes } from "../../core/checks/sameWeights.ts";
import { fileSource } from "../files.ts";
import type { BackgroundJob } from "../job.ts";
import { exhaustGivingWay } from "../jobs/exhaust.ts";
import type { CheckpointFile } from "../models/checkpointFile.ts";

/** Whether two checkpoints are the same files, or files with the same bytes. */
export async function isSameContent(a: CheckpointFile, b: CheckpointFile, job: BackgroundJob): Promise<boolean> {
  const [filesA, filesB] = [a.files, b.files];
  if (filesA.length !== filesB.length) return false;
  for (const [i, file] of filesA.entries()) {
    const other = filesB[i] ?? "";
    if (file !== other && !(await isSameFile(file, other, job))) return false;
  }
  return true;
}

async function isSameFile(a: string, b: string, job: BackgroundJob): Promise<boolean> {
  const [one, other] = [fileSource(a), fileSource(b)];
  try {
    return await exhaustGivingWay(sameBytes(one, other), job);
  } finally {
    one.close();
    other.close();
  }
}
