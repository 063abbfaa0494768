import { createHash } from "node:crypto";
import { Failure } from "../../core/failure.ts";
import { makeProgram, type Program, type ValueInfo } from "../../core/graph/graph.ts";
import { unsupportedOperators } from "../../core/graph/operators.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import { listTaps } from "../../core/graph/taps.ts";
import type { ModelReport, Report, TensorReport, Warning } from "../../core/report/report.ts";
import type { InspectParams, ModelChoice } from "../../protocol/compute.ts";
import { programDigest } from "../digests/programDigest.ts";
import type { Job } from "../job.ts";
import { type CheckpointFile, noticesOf, openCheckpoint } from "../models/checkpointFile.ts";
import { type ModelFile, modelProgram } from "../models/modelFile.ts";
import { architectureReport, parameterCount, weightsReport } from "../models/openModel.ts";
import { chosenWeights, modelFile } from "../models/openModelFile.ts";
import { sampleShape } from "../models/openModels.ts";
import { runnableProgram } from "../models/runnable.ts";
import { findSettings } from "../probe/findSettings.ts";
import { digestCache } from "../store/stores.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * What a checkpoint holds: format, architecture, inputs, tensors, taps. Succeeds whenever the weights can be read; what
 * would keep the network from running is a warning.
 */
export async function inspect(params: InspectParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("inspect");
  job.report({ phase: "Reading" });
  const file = openedWith(params.model);
  const warnings: Warning[] = [];
  const model = modelOf(file, params.model, warnings);
  try {
    const network = model && networkOf(model, params.model.taps, warnings);
    const digest = (params.digest ?? true) ? await digestOf(file, model, network?.program, job.signal) : "";
    // Some are known once the network was written down: that it was exported in training mode.
    return frame.report({
      models: [report(file, model, network, digest)],
      warnings: [...noticesOf(file), ...warnings],
    });
  } finally {
    (model ?? file).close();
  }
}

/** What can be said of a network that could run. */
interface Network {
  readonly program: Program;
  readonly taps: ModelReport["taps"];
}

function openedWith({ path, weights }: ModelChoice): CheckpointFile {
  const file = openCheckpoint(path);
  try {
    return chosenWeights(file, weights);
  } catch (error) {
    file.close();
    throw error;
  }
}

function modelOf(file: CheckpointFile, choice: ModelChoice, warnings: Warning[]): ModelFile | undefined {
  try {
    return modelFile(file, choice, findSettings(file.path));
  } catch (error) {
    if (!(error instanceof Failure) || choice.architecture !== undefined) throw error;
    warnings.push({ code: error.code, message: error.message, where: file.path });
    return undefined;
  }
}

function networkOf(
  model: ModelFile,
  patterns: readonly string[] | undefined,
  warnings: Warning[],
): Network | undefined {
  let program: Program | undefined;
  try {
    const made = model.architecture.program();
    program = made;
    const runnable = runnableProgram({ path: model.path, program: made });
    const taps = listTaps(
      runnable.program,
      runnable.input.name,
      sampleShape(runnable.input.shape ?? []),
      runnable.batch,
    );
    return { program: made, taps: selectTaps(taps, patterns ?? ["@all"]).map(tapReport) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // What was asked for by name is no property of the file.
    if (patterns !== undefined && program && unsupportedOperators(program).length === 0) throw error;
    warnings.push({ code: error.code, message: error.message, where: model.path });
    return program && { program, taps: [] };
  }
}

function tapReport({ name, op, shape, width, folded }: ModelReport["taps"][number]): ModelReport["taps"][number] {
  return { name, op, shape, width, folded };
}

/** Of everything that decides what the model computes; of the weights alone where no architecture is known. */
async function digestOf(
  file: CheckpointFile,
  model: ModelFile | undefined,
  program: Program | undefined,
  signal: AbortSignal,
): Promise<string> {
  const cache = digestCache(undefined);
  if (model && program && model.architecture.sampleShape === undefined) {
    return (await modelProgram(model, undefined, cache, signal)).digest;
  }
  const { tensors: initializers } = file.checkpoint.weights;
  const bare = makeProgram({ name: "", inputs: [], outputs: [], nodes: [], initializers });
  const { weights } = await cache.remember(file.files, "weights", async () => ({
    ...(await programDigest(bare, signal)),
  }));
  return createHash("sha256").update(weights).digest("hex");
}

function report(
  { path, checkpoint }: CheckpointFile,
  model: ModelFile | undefined,
  network: Network | undefined,
  digest: string,
): ModelReport {
  const { tensors } = checkpoint.weights;
  const { preprocessing, facts, prefix } = checkpoint.provenance;
  return {
    path,
    format: checkpoint.format,
    digest,
    architecture: model
      ? architectureReport(model)
      : { source: "none", name: "", evidence: "the file holds weights alone" },
    ...weightsReport({ checkpoint, ...model }),
    parameters: parameterCount(tensors.values()),
    taps: network?.taps ?? [],
    preprocessing: preprocessing ? { ...preprocessing, source: "checkpoint" } : { mean: [], std: [], source: "none" },
    inputs: (network?.program.graph.inputs ?? []).map(inputReport),
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    // Through Map and fromEntries, a key such as `__proto__` is a key like any other.
    facts: Object.fromEntries([...facts, ...(prefix === "" ? [] : [["prefix taken off", prefix] as const])]),
  };
}

function inputReport({ name, dtype, shape }: ValueInfo): TensorReport {
  return { name, dtype: dtype ?? "unknown", shape: (shape ?? []).map((size) => size ?? null) };
}
