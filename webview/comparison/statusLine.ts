/** Where the work stands, in words. */
import { count, duration, memory, plural } from "../../src/core/report/format.ts";
import type { Report } from "../../src/core/report/report.ts";
import type { ComparisonState, WorkStatus } from "../../src/protocol/view.ts";

type Running = Extract<WorkStatus, { kind: "running" }>;

/** One line. While it runs, how far it is; afterwards, how the numbers came about. */
export function statusLine({ status, report, isEarlier, saved }: ComparisonState): string {
  switch (status.kind) {
    case "running":
      return runningLine(status);
    case "done":
      return report === undefined ? "" : saved ? savedLine(report) : doneLine(report);
    case "cancelled":
      return `Cancelled. ${remains(report, isEarlier)}`.trimEnd();
    case "failed":
      return saved ? "This report cannot be shown." : `The comparison failed. ${remains(report, isEarlier)}`.trimEnd();
  }
}

/** What is said aloud when the work begins and when it ends. */
export function announcement(state: ComparisonState): string {
  if (state.status.kind === "running") return "Comparing.";
  // A failure is an alert of its own.
  return state.status.kind === "failed" ? "" : statusLine(state);
}

/** The share that is done, where it is known. */
export function shareDone({ done, total }: Running): number | undefined {
  return done === undefined || total === undefined || total === 0 ? undefined : done / total;
}

/** What was expected before the first numbers: `About 12 s and 310 MB.` */
export function estimateLine({ estimate }: Running): string {
  if (estimate === undefined) return "";
  return `About ${roughly(estimate.seconds)} and ${memory(estimate.memoryMB)}.`;
}

/** How much longer it takes, where that is known. */
export function leftText({ secondsLeft }: Running): readonly string[] {
  return secondsLeft === undefined || secondsLeft < 1 ? [] : [`about ${roughly(secondsLeft)} left`];
}

function runningLine(status: Running): string {
  const { phase, done, total } = status;
  const isCounted = done !== undefined && total !== undefined && total > 1;
  return [isCounted ? `${phase}, ${count(done)} of ${count(total)}` : phase, ...leftText(status)].join(" · ");
}

function doneLine({ forwardPasses, seconds, models }: Report): string {
  if (forwardPasses === 0) return `From stored Grams, in ${duration(seconds.total)}`;
  return `${plural(models.length, "network")} compared in ${duration(seconds.total)}`;
}

function savedLine({ created, version }: Report): string {
  return `Saved report of ${created.slice(0, 16).replace("T", " ")} UTC, Likeness ${version}`;
}

function remains(report: Report | undefined, isEarlier: boolean | undefined): string {
  if (report === undefined) return "";
  if (isEarlier) return "What is shown answers the question before.";
  const samples = Object.values(report.measures ?? report.pairs?.[0]?.measures ?? {})[0]?.samples;
  return samples === undefined ? "" : `What is shown rests on ${count(samples)} samples.`;
}

/** An estimate is not known to a tenth of a second. */
function roughly(seconds: number): string {
  return seconds < 9.5 ? `${Math.max(1, Math.round(seconds))}\u00a0s` : duration(seconds);
}
