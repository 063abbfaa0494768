import { elementCount } from "../../core/graph/tensor.ts";
import { elementStatistics } from "../../core/statistics/tensorStatistics.ts";
import type { StatisticsParams } from "../../protocol/compute.ts";
import type { TensorStatistics } from "../../protocol/view.ts";
import type { BackgroundJob } from "../job.ts";
import { openCheckpoint } from "../models/checkpointFile.ts";

/** Milliseconds between two reports: of a thousand small tensors, not each needs a message of its own. */
const reportInterval = 50;

/**
 * Statistics of every weight, in the order of the file. What is done is reported as it comes, with progress in elements.
 * Memory stays small whatever the file's size.
 * @throws Failure as `inspect` does for a file that cannot be read.
 */
export async function statistics(params: StatisticsParams, job: BackgroundJob): Promise<readonly TensorStatistics[]> {
  const file = openCheckpoint(params.path);
  try {
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
      const computation = elementStatistics(tensor);
      let step = computation.next();
      for (; !step.done; step = computation.next()) await job.giveWay();
      done.push({ name, ...step.value });
      elements += elementCount(tensor.shape);
      if (performance.now() - lastReport >= reportInterval) report();
    }
    report();
    return done;
  } finally {
    file.close();
  }
}
