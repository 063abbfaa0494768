import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { checkPairs, choosePairs, type Pairs, samplesNeeded } from "../../core/methods/inversion/pairs.ts";
import type { Preset } from "../../core/methods/inversion/presets.ts";
import { drawnSeed, isNatural } from "../../core/methods/inversion/seeds.ts";
import { tooFewImages } from "../../core/methods/inversion/trust.ts";
import { modelNames } from "../../core/report/pairs.ts";
import type { Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import { openEngine } from "../engine.ts";
import type { Job } from "../job.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import type { OpenModel } from "../models/openModel.ts";
import { type OpenModels, openModels } from "../models/openModels.ts";
import type { Probe } from "../probe/probe.ts";
import { digestCache } from "../store/stores.ts";
import { invertedTaps } from "./invertedTaps.ts";
import { checkImageShape } from "./pictures.ts";
import { checkPixels, readPairs, sameClass, settingOf } from "./question.ts";
import { Workplace } from "./workplace.ts";

/** Targets where nobody says how many. */
const defaultSamples = 64;

/** What a request asks, with the models and the probe at hand. */
export interface Asked {
  readonly params: InvertParams;
  readonly setting: Preset;
  readonly pairs: Pairs;
  readonly probe: Probe;
  readonly models: readonly OpenModel[];
  /** Names that tell the models apart. */
  readonly names: readonly string[];
  /** By layer, one after the other, and by model. */
  readonly layers: readonly (readonly Tap[])[];
  /** Pixels of the probe's shape, by pair. */
  readonly targets: readonly Float32Array[];
  /** Seed of a repeat and pair, as it is drawn or read: the same for all models. It may reach beyond [0, 1]. */
  seed(position: number): Float32Array;
}

/**
 * Opens models and probe for a request, hands them to `work`, and closes them.
 * @throws Failure of pairs, taps, the models and the probe.
 */
export async function withAsked<Result>(
  params: InvertParams,
  frame: ReportFrame,
  job: Job,
  work: (asked: Asked, place: Workplace) => Promise<Result>,
): Promise<Result> {
  job.report({ phase: "Reading" });
  const setting = settingOf(params);
  const written = params.pairs === undefined ? undefined : readPairs(params.pairs, isNatural(setting.seedKind));
  const samples = written ? samplesNeeded(written) : (params.probe.samples ?? defaultSamples);
  const backend = await openEngine(params.engine);
  const request = { ...params, probe: { ...params.probe, samples } };
  const opened = await frame.load(() => openModels(request, backend, digestCache(params.engine.store), job.signal));
  try {
    const { probe } = opened;
    const pairs = written ?? choosePairs(probe.samples, probe.labels, setting.seedKind, params.seed);
    checkPairs(pairs, probe.samples);
    const place = new Workplace(params, backend, frame, job);
    const asked = askedOf(params, setting, pairs, opened);
    place.warnings.push(...warningsOf(asked, opened.warnings));
    return await work(asked, place);
  } finally {
    opened.close();
  }
}

function askedOf(params: InvertParams, setting: Preset, pairs: Pairs, { models, probe }: OpenModels): Asked {
  if (params.images !== undefined) checkImageShape(probe.sampleShape);
  if (models.length < 2 && (params.saliency || params.controversial)) {
    throw new Failure("inversion/one-model", "Gradients and controversial images take two models, and there is one.", {
      hint: "Name a second model, or leave --saliency and --controversial out.",
    });
  }
  const targets = pairs.targets.map((index) => probe.read(index, 1));
  checkPixels(targets, probe);
  return {
    params,
    setting,
    pairs,
    probe,
    models,
    names: modelNames(models.map(({ file }) => file.path)),
    layers: invertedTaps(models, params.models),
    targets,
    seed(position) {
      const { seedKind } = setting;
      const [repeat, pair] = [Math.floor(position / targets.length), position % targets.length];
      if (seedKind === "other-class" || seedKind === "image") return probe.read(pairs.seeds[pair]!, 1);
      return drawnSeed(seedKind, probe.sampleShape, params.seed, repeat, pair);
    },
  };
}

function warningsOf({ pairs, setting, probe }: Asked, found: readonly Warning[]): readonly Warning[] {
  return [...found, ...tooFewImages(pairs.targets.length), ...sameClass(pairs, setting, probe)];
}
