import type { CheckedFile, CheckedTensor } from "../../core/checks/checkedFile.ts";
import { elementScan } from "../../core/checks/elementScan.ts";
import { rolesIn, tensorRole } from "../../core/checks/tensorRole.ts";
import { Failure } from "../../core/failure.ts";
import type { Checkpoint } from "../../core/formats/checkpoint.ts";
import { unlessUnread } from "../../core/formats/unreadElements.ts";
import type { Program } from "../../core/graph/graph.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import type { BackgroundJob } from "../job.ts";

/**
 * Looks at every element of every weight of a checkpoint, once.
 * @param took is told after each tensor how many elements it has.
 * @throws Failure `file/…`, the signal's reason.
 */
export async function lookAt(
  { weights, architecture, provenance }: Checkpoint,
  job: BackgroundJob,
  took: (elements: number) => void,
): Promise<CheckedFile> {
  const program = writtenDown(architecture);
  const roles = program instanceof Failure || !program ? new Map() : rolesIn(program);
  const tensors: CheckedTensor[] = [];
  for (const [name, tensor] of weights.tensors) {
    const scan = elementScan(tensor);
    let step = unlessUnread(() => scan.next());
    for (; !(step instanceof Failure) && !step.done; step = unlessUnread(() => scan.next())) await job.giveWay();
    const role = tensorRole(name, tensor, roles);
    if (step instanceof Failure) tensors.push({ name, tensor, role, scan: step });
    else if (step.done) tensors.push({ name, tensor, role, scan: step.value });
    took(elementCount(tensor.shape));
  }
  const { notices } = provenance;
  // A network that is refused for being one in training says so like one that is read.
  if (program instanceof Failure) return { tensors, notices: [...notices, program] };
  return { tensors, notices, ...(program && { program }) };
}

/** The network in the file, for the samples that people use it with, or why it cannot be had. */
function writtenDown(architecture: Checkpoint["architecture"]): Program | Failure | undefined {
  return architecture && unlessUnread(() => architecture.program());
}
