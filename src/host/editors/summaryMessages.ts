import type { SummaryProgress, SummaryState } from "../../protocol/view.ts";

/**
 * What brings a view from one state to another: only what was read since, where nothing else has changed. Over a remote
 * connection, thousands of tensors many times a second would be most of what goes through it.
 */
export function message(before: SummaryState | undefined, now: SummaryState): SummaryState | SummaryProgress {
  if (before === undefined || !isContinued(before, now)) return now;
  const from = before.statistics.length;
  const { statisticsStatus } = now;
  return { type: "summaryProgress", from, statistics: now.statistics.slice(from), statisticsStatus };
}

/** Within one reading, statistics only ever grow at their end. */
function isContinued(before: SummaryState, now: SummaryState): boolean {
  return (
    before.model !== undefined &&
    before.model === now.model &&
    before.status === now.status &&
    before.warnings === now.warnings &&
    before.findings === now.findings &&
    before.sizeBytes === now.sizeBytes &&
    before.baseline === now.baseline &&
    before.isBaseline === now.isBaseline &&
    before.statistics.length <= now.statistics.length &&
    before.statistics.at(-1)?.name === now.statistics[before.statistics.length - 1]?.name
  );
}
