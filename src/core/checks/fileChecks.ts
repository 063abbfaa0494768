import type { Finding } from "../report/report.ts";
import type { CheckedFile } from "./checkedFile.ts";
import { constantWeights } from "./constantWeights.ts";
import { deadChannels } from "./deadChannels.ts";
import { foreignClasses } from "./foreignClasses.ts";
import { nonFinite } from "./nonFinite.ts";
import { trainingMode } from "./trainingMode.ts";
import { unreadWeights } from "./unreadWeights.ts";

/** Everything that one checkpoint is looked at for, the gravest first. */
const checks: readonly ((file: CheckedFile) => Finding[])[] = [
  unreadWeights,
  nonFinite,
  trainingMode,
  constantWeights,
  deadChannels,
  foreignClasses,
];

/** What is to be said of one checkpoint. */
export function fileFindings(file: CheckedFile): Finding[] {
  return checks.flatMap((check) => check(file));
}
