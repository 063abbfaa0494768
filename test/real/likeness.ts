import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FailureRecord } from "../../src/core/failure.ts";
import type { Report } from "../../src/core/report/report.ts";

/** The command line as built. */
const cli = resolve(import.meta.dirname, "../../dist/cli.cjs");

/** What a command did. */
export interface Run {
  readonly exitCode: number;
  /** As `--json` wrote it; `undefined` where the command failed. */
  readonly report: Report;
  readonly error: FailureRecord | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `likeness` in a process of its own, with `--json`. */
export async function likeness(...args: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "likeness-"));
  const json = join(folder, "report.json");
  try {
    const run = await new Promise<{ exitCode: number; stdout: string; stderr: string }>((settle) => {
      const child = execFile(
        process.execPath,
        [cli, ...args, "--json", json],
        { maxBuffer: 2 ** 26 },
        (_, stdout, stderr) => settle({ exitCode: child.exitCode ?? 1, stdout, stderr }),
      );
    });
    const written = JSON.parse(readFileSync(json, "utf8")) as Report & { error?: FailureRecord };
    return { ...run, report: written, error: written.error };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The report of a command that must succeed. */
export async function report(...args: readonly string[]): Promise<Report> {
  const run = await likeness(...args);
  if (run.exitCode !== 0) throw new Error(`likeness ${args.join(" ")}: ${run.stderr}`);
  return run.report;
}
