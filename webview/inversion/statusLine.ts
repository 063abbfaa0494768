/** Where the work stands, in words. */
import { duration, percent, plural } from "../../src/core/report/format.ts";
import type { Report } from "../../src/core/report/report.ts";
import type { InversionState } from "../../src/protocol/view.ts";
import { leftText, shareDone } from "../comparison/statusLine.ts";

/** One line. While it runs, how far it is; afterwards, how the pictures came about. */
export function statusLine({ status, report, isEarlier, isKept, saved, curves }: InversionState): string {
  switch (status.kind) {
    case "running":
      return runningLine(status);
    case "done":
      return report === undefined ? "" : saved ? savedLine(report) : doneLine(report, isKept === true);
    case "cancelled":
      return `Cancelled. ${remains(
        report,
        isEarlier,
        curves.some((curve) => curve !== null),
      )}`.trimEnd();
    case "failed":
      return saved
        ? "This report cannot be shown."
        : `The inversion failed. ${remains(report, isEarlier, false)}`.trimEnd();
  }
}

/** What is said aloud when the work begins and when it ends. */
export function announcement(state: InversionState): string {
  if (state.status.kind === "running") return "Inverting.";
  // A failure is an alert of its own.
  return state.status.kind === "failed" ? "" : statusLine(state);
}

/** Steps of many images say nothing to a reader; their share does. */
function runningLine(status: Extract<InversionState["status"], { kind: "running" }>): string {
  const share = shareDone(status);
  const how = share === undefined ? status.phase : `${status.phase}, ${percent(Math.floor(share * 100) / 100)}`;
  return [how, ...leftText(status)].join(" · ");
}

function doneLine({ models, inversion, seconds, created }: Report, isKept: boolean): string {
  const what = `${plural(models.length, "network")}, ${plural(inversion?.pairs.targets.length ?? 0, "image")} each, in ${duration(seconds.total)}`;
  return isKept ? `${what}, kept since ${moment(created)}` : what;
}

function savedLine({ created, version }: Report): string {
  return `Saved report of ${moment(created)}, Likeness ${version}`;
}

function moment(created: string): string {
  return `${created.slice(0, 16).replace("T", " ")} UTC`;
}

function remains(report: Report | undefined, isEarlier: boolean | undefined, hasBegun: boolean): string {
  if (report !== undefined && isEarlier) return "What is shown answers the question before.";
  return hasBegun ? "Resume goes on from here, as long as the compute process lives." : "";
}
