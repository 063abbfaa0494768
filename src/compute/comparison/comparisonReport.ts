import type { Measure } from "../../core/measures/measure.ts";
import { modelMatrix } from "../../core/methods/comparison.ts";
import type { PairReport, Report, Warning } from "../../core/report/report.ts";
import type { Backend } from "../backends/backend.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import { modelReport, type OpenModel } from "../models/openModel.ts";
import type { Probe } from "../probe/probe.ts";
import { probeReport } from "../probe/probeReport.ts";
import type { Compared } from "./comparing.ts";

/** What a comparison's report says whatever its numbers are. */
export interface ComparisonFacts {
  readonly frame: ReportFrame;
  readonly backend: Backend;
  readonly models: readonly OpenModel[];
  /** Names of the models, each unlike the others. */
  readonly names: readonly string[];
  readonly probe: Probe;
  readonly measures: readonly Measure[];
}

/**
 * The report of a comparison, whole or as far as it has come.
 * @param warnings beside those of the numbers themselves.
 * @param forwardPasses how often the whole probe has gone through a network.
 */
export function comparisonReport(
  { frame, backend, models, names, probe, measures }: ComparisonFacts,
  { pairs, warnings: found }: Compared,
  warnings: readonly Warning[],
  forwardPasses: number,
): Report {
  return frame.report({
    provider: backend.provider,
    engine: backend.engine,
    models: models.map(modelReport),
    probe: probeReport(probe),
    forwardPasses,
    ...numbers(pairs, names, measures[0]),
    warnings: [...warnings, ...found],
  });
}

/** Those of the one pair, or of every pair with a summary by the leading measure. */
function numbers(
  pairs: readonly PairReport[],
  names: readonly string[],
  leading: Measure | undefined,
): Pick<Report, "measures" | "outputs" | "pairs" | "matrix"> {
  const [only] = pairs;
  if (only && pairs.length === 1) return { measures: only.measures, ...(only.outputs && { outputs: only.outputs }) };
  return { pairs, ...(leading && { matrix: modelMatrix(leading, names, pairs) }) };
}
