import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { BackgroundJob } from "../../../../src/compute/job.ts";
import { writeOnnxWithExternalData } from "../../../../src/core/formats/onnx/writer.ts";
import type { Program } from "../../../../src/core/graph/graph.ts";
import type { Progress } from "../../../../src/protocol/compute.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const own = mkdtempSync(join(tmpdir(), "likeness-jobs-"));
  t.after(() => rmSync(own, { recursive: true, force: true }));
  // Architectures are looked for one folder up as well, where anybody may have left one.
  const folder = join(own, "here");
  mkdirSync(folder);
  return folder;
}

/** Writes `model.onnx` with its weights in `model.onnx.data`, and returns the model's path. */
export function writeCheckpoint(folder: string, program: Program): string {
  const pieces: Uint8Array[] = [];
  const model = writeOnnxWithExternalData(program, "model.onnx.data", (piece) => pieces.push(piece));
  writeFileSync(join(folder, "model.onnx.data"), Buffer.concat(pieces));
  writeFileSync(join(folder, "model.onnx"), model);
  return join(folder, "model.onnx");
}

/** A job that nobody else is in the way of, with what it reported. */
export function lonelyJob(
  controller = new AbortController(),
): BackgroundJob & { readonly reports: readonly Progress[] } {
  const reports: Progress[] = [];
  return {
    signal: controller.signal,
    report: (progress) => void reports.push(progress),
    giveWay: async () => controller.signal.throwIfAborted(),
    inTurn: (work) => work(),
    reports,
  };
}
