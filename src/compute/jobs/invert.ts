import { elementCount } from "../../core/graph/tensor.ts";
import { gramOf } from "../../core/measures/gram.ts";
import { checkPairs, choosePairs, type Pairs, samplesNeeded } from "../../core/methods/inversion/pairs.ts";
import type { Preset } from "../../core/methods/inversion/presets.ts";
import { residualCurve } from "../../core/methods/inversion/residuals.ts";
import { drawnSeed, isNatural } from "../../core/methods/inversion/seeds.ts";
import { tooFewImages } from "../../core/methods/inversion/trust.ts";
import { modelNames } from "../../core/report/pairs.ts";
import type { Report, Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import { openEngine } from "../engine.ts";
import { throughput } from "../grams/throughput.ts";
import { checkImageShape, type PairImages, writeImages } from "../inversion/images.ts";
import { inversionReport, type Measured, type Side } from "../inversion/inversionReport.ts";
import { invertedTap } from "../inversion/invertedTap.ts";
import { Inverting, type Tasks } from "../inversion/inverting.ts";
import { checkPixels, readPairs, sameClass, settingOf } from "../inversion/question.ts";
import { type Represented, represent } from "../inversion/represent.ts";
import { stepRunner } from "../inversion/stepRunner.ts";
import { forget, restoreInversions, resumed, saveInversions } from "../inversion/storedInversions.ts";
import type { Job } from "../job.ts";
import { modelReport } from "../models/openModel.ts";
import { type OpenModels, openModels } from "../models/openModels.ts";
import type { Probe } from "../probe/probe.ts";
import { probeReport } from "../probe/probeReport.ts";
import type { GramStore } from "../store/gramStore.ts";
import type { StoreKey } from "../store/storeKey.ts";
import { digestCache, gramStore } from "../store/stores.ts";
import { ReportFrame } from "./reportFrame.ts";

/** Targets where nobody says how many. */
const defaultSamples = 64;
/** Evaluations after which progress is told anew, at least so many milliseconds apart. */
const progressPause = 250;
/** Share of a matrix product's speed that forward and back reach. */
const efficiency = 0.6;

/**
 * Inverts a layer of each model, compares the models on natural and on inverted images, and says how far that can be
 * trusted. All models get the same seeds and targets.
 * @throws Failure of pairs, taps and gradients; of the models and the probe.
 */
export async function invert(params: InvertParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("inversion", params.seed);
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
    return await new InvertJob(params, setting, pairs, opened, backend, frame, job).run();
  } finally {
    opened.close();
  }
}

class InvertJob {
  readonly #params: InvertParams;
  readonly #setting: Preset;
  readonly #pairs: Pairs;
  readonly #probe: Probe;
  readonly #backend: Backend;
  readonly #frame: ReportFrame;
  readonly #job: Job;
  readonly #store: GramStore;
  readonly #warnings: Warning[];
  readonly #sides: readonly Side[];
  readonly #targets: readonly Float32Array[];
  #passes = 0;

  constructor(
    params: InvertParams,
    setting: Preset,
    pairs: Pairs,
    { models, probe, warnings }: OpenModels,
    backend: Backend,
    frame: ReportFrame,
    job: Job,
  ) {
    this.#params = params;
    this.#setting = setting;
    this.#pairs = pairs;
    this.#probe = probe;
    this.#backend = backend;
    this.#frame = frame;
    this.#job = job;
    this.#warnings = [...warnings, ...tooFewImages(pairs.targets.length), ...sameClass(pairs, setting, probe)];
    this.#store = gramStore(params.engine, (warning) => this.#warnings.push(warning));
    if (params.images !== undefined) checkImageShape(probe.sampleShape);
    const names = modelNames(models.map(({ file }) => file.path));
    this.#sides = models.map((model, i) => ({
      model,
      name: names[i]!,
      tap: invertedTap(model, params.models[i]!),
      targets: { rows: new Float32Array(), classes: undefined },
      inversions: [],
    }));
    this.#targets = pairs.targets.map((index) => probe.read(index, 1));
    checkPixels(this.#targets, probe);
  }

  async run(): Promise<Report> {
    const { signal } = this.#job;
    for (const side of this.#sides) {
      const [targets] = await this.#represent(side, [this.#targets]);
      side.targets = targets!;
    }
    for (const [i, side] of this.#sides.entries()) {
      await this.#invert(side, i);
      if (i + 1 < this.#sides.length) this.#job.report({ phase: "Inverting", partial: this.#report(undefined) });
    }
    this.#job.report({ phase: "Measuring" });
    const grams = await this.#invertedGrams();
    signal.throwIfAborted();
    const { images } = this.#params;
    if (images !== undefined) await writeImages(images, this.#probe.sampleShape, this.#images());
    forget(this.#sides.map((side) => this.#key(side)));
    return await this.#frame.measures(async () => this.#report(grams));
  }

  /** A seed as it is drawn or read: the same for all models. */
  #seed(position: number): Float32Array {
    const { seedKind } = this.#setting;
    const count = this.#pairs.targets.length;
    const [repeat, pair] = [Math.floor(position / count), position % count];
    if (seedKind === "other-class" || seedKind === "image") return this.#probe.read(this.#pairs.seeds[pair]!, 1);
    return drawnSeed(seedKind, this.#probe.sampleShape, this.#params.seed, repeat, pair);
  }

  async #represent(side: Side, lists: readonly (readonly Float32Array[])[]): Promise<readonly Represented[]> {
    this.#passes += lists.length;
    return this.#frame.forward(() => represent(this.#backend, side.model, side.tap, lists, this.#job.signal));
  }

  async #invert(side: Side, index: number): Promise<void> {
    const { rule, steps, repeats, rectifier } = this.#setting;
    const pairs = this.#pairs.targets.length;
    const count = pairs * repeats;
    const key = this.#key(side);
    const kept = await restoreInversions(this.#store, key, count, elementCount(this.#probe.sampleShape));
    if (kept) {
      side.inversions = kept;
      return;
    }
    const inverting = resumed(key, () => new Inverting(count, rule, steps));
    if (!inverting.result) {
      const { model, tap, name } = side;
      const runner = await this.#frame.load(() => stepRunner(this.#backend, model, tap, rectifier, this.#params.batch));
      try {
        for (const message of runner.notices) {
          this.#warnings.push({ code: "inversion/gradient", message, where: name });
        }
        const phase = `Inverting ${name}`;
        if (index === 0) {
          const seconds =
            (this.#sides.length * count * steps * runner.work) / (efficiency * (await throughput(this.#backend)));
          this.#job.report({ phase, estimate: { seconds, memoryMB: process.memoryUsage.rss() / 2 ** 20 } });
        }
        const { target, seed } = this.#tasks(side, pairs);
        let told = 0;
        const observe = (): void => {
          if (performance.now() - told < progressPause) return;
          told = performance.now();
          const curve = residualCurve(inverting.histories);
          this.#job.report({ phase, ...inverting.progress, residual: { model: index, curve } });
        };
        await this.#frame.forward(() => inverting.go(runner, { count, target, seed }, this.#job.signal, observe));
      } finally {
        await runner.release();
      }
    }
    side.inversions = inverting.result ?? [];
    await saveInversions(this.#store, key, side.inversions);
  }

  #tasks({ targets, tap }: Side, pairs: number): Pick<Tasks, "seed" | "target"> {
    return {
      seed: (position) => this.#seed(position),
      target: (position) => {
        const pair = position % pairs;
        return targets.rows.subarray(pair * tap.width, (pair + 1) * tap.width);
      },
    };
  }

  /** Everything that decides a model's inversions. */
  #key({ model, tap }: Side): StoreKey {
    const { rule, steps, seedKind, repeats, rectifier } = this.#setting;
    const drawn = isNatural(seedKind) ? [] : [this.#params.seed, repeats];
    return {
      kind: "inversion",
      graph: model.file.graphDigest,
      weights: model.file.weightsDigest,
      value: tap.value,
      probe: this.#probe.digest,
      preprocessing: JSON.stringify([model.preprocessing.mean, model.preprocessing.std]),
      estimator: "full",
      partition: JSON.stringify([this.#pairs, rule, steps, seedKind, rectifier, this.#params.batch ?? 0, ...drawn]),
      provider: this.#backend.provider,
      precision: "float32",
      engine: this.#backend.engine,
    };
  }

  async #invertedGrams(): Promise<Measured> {
    const pairs = this.#pairs.targets.length;
    const { repeats } = this.#setting;
    const lists = Array.from({ length: repeats }, (_, r) =>
      this.#sides.map(({ inversions }) => inversions.slice(r * pairs, (r + 1) * pairs).map(({ pixels }) => pixels)),
    );
    const gram = (rows: Float32Array, { tap }: Side) => gramOf(rows, pairs, tap.width);
    const inverted = lists.map((list) => list.map(() => [] as ReturnType<typeof gram>[]));
    const classes: (Int32Array | undefined)[][][] = lists.map((list) => list.map(() => []));
    for (const side of this.#sides) {
      const found = await this.#represent(side, lists.flat());
      for (const [k, { rows, classes: named }] of found.entries()) {
        const [r, i] = [Math.floor(k / this.#sides.length), k % this.#sides.length];
        inverted[r]![i]!.push(gram(rows, side));
        classes[r]![i]!.push(named);
      }
    }
    const targets = this.#sides.map((side) => gram(side.targets.rows, side));
    return { grams: inverted.map((each) => ({ targets, inverted: each })), classes };
  }

  #images(): readonly PairImages[] {
    return this.#targets.map(
      (target, pair) =>
        new Map([
          ["seed", this.#seed(pair)],
          ["target", target],
          ...this.#sides.map(({ name, inversions }): [string, Float32Array] => [name, inversions[pair]!.pixels]),
        ]),
    );
  }
  /** The report as far as it is known. */
  #report(measured: Measured | undefined): Report {
    const { inversion, findings, warnings } = inversionReport({
      setting: this.#setting,
      pairs: this.#pairs,
      sides: this.#sides,
      measured,
      images: this.#params.images,
      seed: (position) => this.#seed(position),
    });
    return this.#frame.report({
      provider: this.#backend.provider,
      engine: this.#backend.engine,
      models: this.#sides.map(({ model, tap }) => modelReport({ ...model, chosenTaps: [tap] })),
      probe: probeReport(this.#probe),
      forwardPasses: this.#passes,
      inversion,
      findings,
      warnings: [...this.#warnings, ...warnings],
    });
  }
}
