import type { Dim } from "../../core/graph/graph.ts";
import { inputWarnings } from "../../core/probe/inputWarnings.ts";
import { imageSize } from "../../core/probe/layout.ts";
import type { Warning } from "../../core/report/report.ts";
import type { ModelChoice, ProbeChoice } from "../../protocol/compute.ts";
import type { DigestCache } from "../digests/digestCache.ts";
import { findSettings } from "../probe/findSettings.ts";
import { openProbe, type Probe } from "../probe/probe.ts";
import { type ModelFile, readModelFile } from "./modelFile.ts";
import { type OpenModel, openModel } from "./openModel.ts";
import { type RunnableModel, runnable } from "./runnable.ts";

/** Models and the probe they share. */
export interface OpenModels {
  /** In the order asked for; the same file asked for twice is read once. */
  readonly models: readonly OpenModel[];
  readonly probe: Probe;
  /** Of the probe, and of what the models would see of it. */
  readonly warnings: readonly Warning[];
  close(): void;
}

export interface OpenModelsRequest {
  readonly models: readonly ModelChoice[];
  readonly probe: ProbeChoice;
  readonly seed: number;
}

/** Samples where neither the request nor `likeness.json` says how many. */
const defaultSamples = 512;
/** Sizes that synthetic samples take where a network leaves them open: pixels of an image's side, other sizes. */
const openImageSide = 224;
const openSize = 16;
/** Samples that are looked at for inputs that no training has seen. */
const samplesLookedAt = 8;

/**
 * Opens the models of a request and the probe that all of them see.
 * @throws Failure of any of them.
 */
export async function openModels(
  request: OpenModelsRequest,
  digests: DigestCache,
  signal: AbortSignal,
): Promise<OpenModels> {
  const files = new Map<string, ModelFile>();
  let probe: Probe | undefined;
  const close = (): void => {
    for (const file of files.values()) file.close();
    probe?.close();
  };
  try {
    const opened: RunnableModel[] = [];
    for (const { path } of request.models) {
      const file = files.get(path) ?? (await readModelFile(path, digests, signal));
      files.set(path, file);
      opened.push(opened.find((other) => other.file === file) ?? runnable(file));
    }
    const settings = request.models.map(({ path }) => findSettings(path));
    const inputs = opened.map(({ input }) => input.shape ?? []);
    const shared = openProbe(request.probe.path ?? settings.find((found) => found?.probe)?.probe, {
      samples: request.probe.samples ?? settings.find((found) => found?.samples)?.samples ?? defaultSamples,
      imageSize: inputs.map(imageSize).find((size) => size !== undefined),
      syntheticShape: sampleShape(inputs[0] ?? []),
      seed: request.seed,
    });
    probe = shared;
    const models = opened.map((each, i) => openModel(each, request.models[i] ?? { path: "" }, settings[i], shared));
    return { models, probe: shared, warnings: [...shared.warnings, ...unlikelyInputs(models, shared)], close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Warnings about the first samples as each model sees them. */
function unlikelyInputs(models: readonly OpenModel[], probe: Probe): Warning[] {
  const count = Math.min(samplesLookedAt, probe.samples);
  const samples = probe.read(0, count);
  return [...new Set(models)].flatMap((model) => {
    const { data } = model.prepare(samples, count);
    return data instanceof Float32Array ? inputWarnings(data, model.preprocessing, model.file.path) : [];
  });
}

/** The shape of one made-up sample for an input, with a size for every axis that the network leaves open. */
export function sampleShape(input: readonly Dim[]): number[] {
  const sizes = input.slice(1);
  const isImage = sizes.length === 3;
  return sizes.map((size, axis) => {
    if (typeof size === "number") return size;
    if (!isImage) return openSize;
    return axis === 0 ? 3 : openImageSide;
  });
}
