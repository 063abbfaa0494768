import type { Report } from "../../core/report/report.ts";
import type { Partition } from "../grams/partition.ts";
import type { RunObserver } from "../grams/runNetworks.ts";
import type { Job } from "../job.ts";
import { nextTurn } from "../jobs/exhaust.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import type { Compared, Comparing } from "./comparing.ts";

/** Milliseconds between two reports of what is known so far. */
const interval = 300;

/** Takes each run's Grams into a comparison, tells how far it has come, and lets a cancellation through. */
export function partialReports(
  comparing: Comparing,
  { runs, estimator }: Partition,
  report: (compared: Compared) => Report,
  frame: ReportFrame,
  job: Job,
): RunObserver {
  let last = 0;
  // With one Gram over all samples, only the first run is a whole on its own.
  const isWhole = (index: number) => estimator === "minibatch" || index === 0;
  const samplesOf = (index: number) => runs[index]?.reduce((sum, { count }) => sum + count, 0);
  return {
    async took(index) {
      job.signal.throwIfAborted();
      await frame.measures(async () => comparing.take(index));
      const done = { phase: "Comparing", done: index + 1, total: runs.length };
      if (index + 1 < runs.length && isWhole(index) && performance.now() - last > interval) {
        const over = estimator === "full" ? samplesOf(0) : undefined;
        const partial = await frame.measures(() => comparing.result(job.signal, over));
        job.report({ ...done, partial: report(partial) });
        last = performance.now();
      } else job.report(done);
      await nextTurn();
    },
  };
}
