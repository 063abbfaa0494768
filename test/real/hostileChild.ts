import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Report } from "../../src/core/report/report.ts";

/**
 * Inspects every file that it is named, and reads every weight of it, in one process; what happened goes to standard
 * output. Started without the permission to write files or to start processes.
 */

/** What became of one file. */
export interface Seen {
  readonly path: string;
  /** `ok`, or the code of the failure. */
  readonly verdict: string;
  readonly warnings: readonly string[];
  /** Files that were opened. */
  readonly opened: readonly string[];
  readonly milliseconds: number;
  /** Largest size of the process until then. */
  readonly peakBytes: number;
}

let opened: string[] = [];
// Before anything else takes hold of it.
const { openSync, readFileSync } = fs;
fs.openSync = (path, flags, mode) => {
  opened.push(String(path));
  return openSync(path, flags, mode);
};
fs.readFileSync = ((path: fs.PathOrFileDescriptor, options?: null) => {
  opened.push(String(path));
  return readFileSync(path, options);
}) as typeof fs.readFileSync;
syncBuiltinESMExports();

const { inspect } = await import("../../src/compute/jobs/inspect.ts");
const { openCheckpoint } = await import("../../src/compute/models/checkpointFile.ts");
const { failureRecord } = await import("../../src/core/failure.ts");
const { exhaust } = await import("../fuzz/exhaust.ts");

const job = { report: () => {}, signal: new AbortController().signal };
const seen: Seen[] = [];
for (const path of process.argv.slice(2)) {
  opened = [];
  const start = performance.now();
  const { verdict, warnings } = await verdictOn(path);
  const milliseconds = performance.now() - start;
  seen.push({ path, verdict, warnings, opened, milliseconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
process.stdout.write(JSON.stringify(seen));

async function verdictOn(path: string): Promise<{ verdict: string; warnings: readonly string[] }> {
  let report: Report | undefined;
  try {
    report = await inspect({ model: { path }, digest: false, progress: "" }, job);
    const file = openCheckpoint(path);
    const { architecture: _inspected, ...weights } = file.checkpoint;
    const failure = exhaust(weights, undefined);
    file.close();
    if (failure) throw failure;
    return { verdict: "ok", warnings: codesOf(report) };
  } catch (error) {
    return { verdict: failureRecord(error).code, warnings: codesOf(report) };
  }
}

function codesOf(report: Report | undefined): readonly string[] {
  return report?.warnings.map(({ code }) => code) ?? [];
}
