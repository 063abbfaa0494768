import type { Dim } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/graph/shapes/value.ts";
import { inputWarnings } from "../../core/probe/inputWarnings.ts";
import { fit, imageSize } from "../../core/probe/layout.ts";
import type { Proposal } from "../../core/probe/preprocessing.ts";
import type { Warning } from "../../core/report/report.ts";
import type { ModelChoice, ProbeChoice } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import type { DigestCache } from "../digests/digestCache.ts";
import { findSettings } from "../probe/findSettings.ts";
import { openProbe, type Probe } from "../probe/probe.ts";
import { noticesOf } from "./checkpointFile.ts";
import { type ModelFile, modelProgram } from "./modelFile.ts";
import { type OpenModel, openModel } from "./openModel.ts";
import { openModelFile } from "./openModelFile.ts";
import { paddingWarnings } from "./padding.ts";
import { withProposal } from "./proposal.ts";
import { type RunnableModel, runnable } from "./runnable.ts";

/** Models and the probe they share. */
export interface OpenModels {
  /** In the order asked for; the same file asked for twice is read once. */
  readonly models: readonly OpenModel[];
  readonly probe: Probe;
  /** Of the backend, of the probe, and of what the models would see of it. */
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
  backend: Backend,
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
    const settings = request.models.map(({ path }) => findSettings(path));
    const chosen = request.models.map((choice, i): ModelFile => {
      const key = JSON.stringify([choice.path, choice.architecture, choice.weights]);
      const file = files.get(key) ?? openModelFile(choice, settings[i]);
      files.set(key, file);
      return file;
    });
    // Of each file once: the same model asked for twice is one.
    const networks = new Map<ModelFile, Network>();
    for (const file of files.values()) networks.set(file, await openNetwork(file, digests, signal));
    const inputs = chosen.map((file) => networks.get(file)?.input ?? []);
    const shared = openProbe(request.probe.path ?? settings.find((found) => found?.probe)?.probe, {
      samples: request.probe.samples ?? settings.find((found) => found?.samples)?.samples ?? defaultSamples,
      imageSize: inputs.map(imageSize).find((size) => size !== undefined),
      syntheticShape: sampleShape(inputs[0] ?? []),
      seed: request.seed,
    });
    probe = shared;
    const runnables = new Map<ModelFile, RunnableModel>();
    for (const [file, network] of networks) runnables.set(file, await network.runnable(shared.sampleShape));
    const models: OpenModel[] = [];
    for (const [i, file] of chosen.entries()) {
      const [choice, found] = [request.models[i], runnables.get(file)];
      if (!choice || !found) continue;
      const open = (proposal?: Proposal) => openModel(found, choice, settings[i], shared, proposal);
      models.push(await withProposal(open, backend, shared, digests, signal));
    }
    const warnings = [
      ...(backend.fallback ? [backend.fallback] : []),
      ...shared.warnings,
      ...chosen.flatMap(noticesOf),
      ...unlikelyInputs(models, shared),
      ...paddingWarnings(models, shared),
    ];
    return { models, probe: shared, warnings, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A model on its way to a probe. */
interface Network {
  /** Sizes of its input, the samples' axis first. */
  readonly input: readonly Dim[];
  runnable(sampleShape: Shape): Promise<RunnableModel>;
}

/** Architectures that hang on the samples' sizes are written down once the probe tells these, all others at once. */
async function openNetwork(file: ModelFile, digests: DigestCache, signal: AbortSignal): Promise<Network> {
  const { sampleShape } = file.architecture;
  if (sampleShape === undefined) {
    const found = runnable(await modelProgram(file, undefined, digests, signal));
    const input = found.tokens ? [found.input.shape?.[0], found.tokens.sequence] : (found.input.shape ?? []);
    return { input, runnable: async () => found };
  }
  const input = ["batch", ...sampleShape];
  return {
    input,
    runnable: async (probed) => runnable(await modelProgram(file, fit(probed, input).shape, digests, signal)),
  };
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
