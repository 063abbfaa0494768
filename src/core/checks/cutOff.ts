import type { Failure } from "../failure.ts";
import type { Finding } from "../report/report.ts";

const reasons =
  /\/(truncated|truncated-entry|no-end-record|missing-end|short-read|short-storage|short-payload|short-weights|external-short|changed)$/;

/** Whether a failure says that a file ends too early, or is being written. */
export function isCutOff({ code }: Failure): boolean {
  return code === "empty-file" || reasons.test(code);
}

/** What a file that is only partly there is told as. */
export function cutOffFinding({ message, hint }: Failure): Finding {
  const advice = hint ?? "Wait until the training has written it, or copy it again.";
  return {
    code: "check/cut-off",
    severity: "error",
    title: "The file is not whole.",
    evidence: `${message} ${advice}`,
  };
}
