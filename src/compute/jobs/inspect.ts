import { Failure } from "../../core/failure.ts";
import type { Program, ValueInfo } from "../../core/graph/graph.ts";
import { unsupportedOperators } from "../../core/graph/operators.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import { listTaps } from "../../core/graph/taps.ts";
import type { ModelReport, Report, TensorReport, Warning } from "../../core/report/report.ts";
import type { InspectParams } from "../../protocol/compute.ts";
import type { Job } from "../job.ts";
import { openModelFile, type UnreadModelFile } from "../models/modelFile.ts";
import { parameterCount } from "../models/openModel.ts";
import { sampleShape } from "../models/openModels.ts";
import { runnableProgram } from "../models/runnable.ts";
import { digestCache } from "../store/stores.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * What a checkpoint holds: format, inputs, tensors, taps. Succeeds whenever the weights can be read; what would keep the
 * network from running is a warning.
 */
export async function inspect(params: InspectParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("inspect");
  job.report({ phase: "Reading" });
  const file = openModelFile(params.model.path);
  try {
    const warnings: Warning[] = [];
    const taps = tapsOf(file, params.model.taps, warnings);
    const wanted = params.digest ?? true;
    const digest = wanted ? (await file.digests(digestCache(undefined), job.signal)).digest : "";
    return frame.report({ models: [report(file, digest, taps)], warnings });
  } finally {
    file.close();
  }
}

function tapsOf(
  file: UnreadModelFile,
  patterns: readonly string[] | undefined,
  warnings: Warning[],
): ModelReport["taps"] {
  const unsupported = unsupportedOperators(file.program);
  try {
    const { program, input, batch } = runnableProgram(file);
    const taps = listTaps(program, input.name, sampleShape(input.shape ?? []), batch);
    return selectTaps(taps, patterns ?? ["@all"]).map(({ name, op, shape, width, folded }) => ({
      name,
      op,
      shape,
      width,
      folded,
    }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // What was asked for by name is no property of the file.
    if (patterns !== undefined && unsupported.length === 0) throw error;
    warnings.push({ code: error.code, message: error.message, where: file.path });
    return [];
  }
}

function report(file: UnreadModelFile, digest: string, taps: ModelReport["taps"]): ModelReport {
  const { program } = file;
  return {
    path: file.path,
    format: file.format,
    digest,
    architecture: { source: "file", name: program.graph.name, evidence: "the file holds the graph" },
    parameters: parameterCount(program),
    taps,
    preprocessing: { mean: [], std: [], source: "none" },
    inputs: program.graph.inputs.map(inputReport),
    tensors: [...program.graph.initializers].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    facts: facts(program),
  };
}

function inputReport({ name, dtype, shape }: ValueInfo): TensorReport {
  return { name, dtype: dtype ?? "unknown", shape: (shape ?? []).map((size) => size ?? null) };
}

function facts({ producer, irVersion, opsets, metadata }: Program): Record<string, string> {
  const versions = [...opsets].map(([domain, version]) => `${domain === "" ? "ai.onnx" : domain} ${version}`);
  return {
    ...(producer !== "" && { producer }),
    "operator sets": versions.join(", "),
    "IR version": String(irVersion),
    // Through Map and fromEntries, a key such as `__proto__` is a key like any other.
    ...Object.fromEntries(metadata),
  };
}
