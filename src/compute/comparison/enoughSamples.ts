import { Failure } from "../../core/failure.ts";
import type { Warning } from "../../core/report/report.ts";
import type { Probe } from "../probe/probe.ts";

/** CKA's unbiased estimator divides by n − 3. */
const fewest = 4;
/** Below this, intervals are too wide to say much. */
const comfortable = 32;

/**
 * Whether a probe is large enough to compare on, and what to say where it is barely so.
 * @throws Failure `probe/too-few-samples`
 */
export function enoughSamples({ samples, path }: Pick<Probe, "samples" | "path">): readonly Warning[] {
  if (samples < fewest) {
    throw new Failure("probe/too-few-samples", `The probe has ${samples} samples; ${fewest} is the least.`, {
      file: path,
    });
  }
  if (samples >= comfortable) return [];
  const message = `The probe has only ${samples} samples: intervals will be wide. ${comfortable} or more are better.`;
  return [{ code: "probe/few-samples", message, where: path }];
}
