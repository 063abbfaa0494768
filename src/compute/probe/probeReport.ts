import type { ProbeReport } from "../../core/report/report.ts";
import type { Probe } from "./probe.ts";

/** What a report says of its probe. */
export function probeReport(probe: Probe): ProbeReport {
  return {
    path: probe.path,
    digest: probe.digest,
    samples: probe.samples,
    labels: probe.labels !== undefined,
    synthetic: probe.synthetic,
    shape: probe.sampleShape,
  };
}
