import { Failure } from "../../core/failure.ts";
import { unlessUnread } from "../../core/formats/unreadElements.ts";
import { elementCount, type Tensor } from "../../core/graph/tensor.ts";
import { type ElementStatistics, elementStatistics, unreadStatistics } from "../../core/statistics/tensorStatistics.ts";
import type { StatisticsParams } from "../../protocol/compute.ts";
import type { TensorStatistics } from "../../protocol/view.ts";
import type { BackgroundJob } from "../job.ts";
import { openCheckpoint } from "../models/checkpointFile.ts";
import { chosenWeights } from "../models/openModelFile.ts";

/** Milliseconds between two reports: of a thousand small tensors, not each needs a message of its own. */
const reportInterval = 50;

/**
 * Statistics of every weight, in the order of the file. What is done is reported as it comes, with progress in elements.
 * Memory stays small whatever the file's size.
 * @throws Failure as `inspect` does for a file that cannot be read.
 */
export async function statistics(params: StatisticsParams, job: BackgroundJob): Promise<readonly TensorStatistics[]> {
  const opened = openCheckpoint(params.path);
  try {
    const file = chosenWeights(opened, params.weights);
    const tensors = [...file.checkpoint.weights.tensors];
    const total = tensors.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
    const done: TensorStatistics[] = [];
    let elements = 0;
    let reported = 0;
    let lastReport = performance.now();
    const report = (): void => {
      job.report({ phase: "Reading weights", done: elements, total, statistics: done.slice(reported) });
      reported = done.length;
      lastReport = performance.now();
    };
    report();
    for (const [name, tensor] of tensors) {
      done.push({ name, ...(await statisticsOf(tensor, job)) });
      elements += elementCount(tensor.shape);
      if (performance.now() - lastReport >= reportInterval) report();
    }
    report();
    return done;
  } finally {
    opened.close();
  }
}

/** Of one tensor; that its elements are not decoded is no reason to know nothing of the others. */
async function statisticsOf(tensor: Tensor, job: BackgroundJob): Promise<ElementStatistics> {
  const computation = elementStatistics(tensor);
  for (;;) {
    const step = unlessUnread(() => computation.next());
    if (step instanceof Failure) return unreadStatistics(tensor, step.message);
    if (step.done) return step.value;
    await job.giveWay();
  }
}
