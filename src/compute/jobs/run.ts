import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../core/failure.ts";
import { writeNpy } from "../../core/formats/npy.ts";
import type { Tap } from "../../core/graph/tap.ts";
import type { Report } from "../../core/report/report.ts";
import type { RunParams } from "../../protocol/compute.ts";
import { openEngine } from "../engine.ts";
import { representationRunner } from "../grams/representations.ts";
import type { Job } from "../job.ts";
import { modelReport } from "../models/openModel.ts";
import { openModels } from "../models/openModels.ts";
import { probeReport } from "../probe/probeReport.ts";
import { digestCache } from "../store/stores.ts";
import { nextTurn } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Writes a network's values at the chosen taps as `.npy`, one file per tap: n × the tap's own axes, float32. Files grow
 * batch by batch, so that a representation larger than memory is no matter.
 * @throws Failure `run/cannot-write` where the folder takes no files.
 */
export async function run(params: RunParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("run");
  job.report({ phase: "Reading" });
  const request = { models: [params.model], probe: params.probe, seed: 0 };
  const backend = await openEngine(params.engine);
  const opened = await openModels(request, backend, digestCache(params.engine.store), job.signal);
  const files = new Map<string, FileHandle>();
  try {
    const { probe } = opened;
    const model = opened.models[0];
    if (!model) throw new Failure("run/no-model", "No model was named.");
    const runner = await representationRunner(backend, model, model.chosenTaps);
    try {
      await createFiles(params.out, model.chosenTaps, probe.samples, files);
      for (let start = 0; start < probe.samples; start += params.batch) {
        job.signal.throwIfAborted();
        job.report({ phase: "Running", done: start, total: probe.samples });
        const count = Math.min(params.batch, probe.samples - start);
        const values = await frame.forward(() => runner.run(model.prepare(probe.read(start, count), count)));
        for (const [tap, file] of files) {
          const data = values.get(tap)?.data;
          if (data) await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        }
        await nextTurn();
      }
    } finally {
      await runner.release();
    }
    return frame.report({
      provider: backend.provider,
      engine: backend.engine,
      models: [modelReport(model)],
      probe: probeReport(probe),
      forwardPasses: 1,
      warnings: opened.warnings,
    });
  } finally {
    for (const file of files.values()) await file.close();
    opened.close();
  }
}

/** Opens one file per tap, with the header that its size asks for already written. */
async function createFiles(
  folder: string,
  taps: readonly Tap[],
  samples: number,
  files: Map<string, FileHandle>,
): Promise<void> {
  const names = fileNames(taps);
  try {
    await mkdir(folder, { recursive: true });
    for (const [i, tap] of taps.entries()) {
      const file = await open(join(folder, names[i] ?? ""), "w");
      files.set(tap.value, file);
      const shape = [samples, ...tap.shape.filter((size): size is number => size !== "n")];
      await file.write(writeNpy("float32", shape, new Uint8Array()));
    }
  } catch (error) {
    throw new Failure(
      "run/cannot-write",
      `The folder takes no files: ${error instanceof Error ? error.message : error}`,
      {
        file: folder,
        hint: "Choose another folder with --out.",
      },
    );
  }
}

/**
 * `<tap>.npy` for each tap. What a file name cannot hold on some system becomes `_`, and a number keeps apart names that
 * this, or a file system that ignores case, would make one.
 */
export function fileNames(taps: readonly Pick<Tap, "name">[]): readonly string[] {
  const taken = new Set<string>();
  return taps.map(({ name }) => {
    const plain = name.replace(/[^\p{L}\p{N}._#-]/gu, "_");
    let unique = plain;
    for (let i = 2; taken.has(unique.toLowerCase()); i++) unique = `${plain}~${i}`;
    taken.add(unique.toLowerCase());
    return `${unique}.npy`;
  });
}
