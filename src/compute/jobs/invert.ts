import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import { gramOf } from "../../core/measures/gram.ts";
import { overRepeats } from "../../core/methods/inversion/ckaMatrices.ts";
import { inversionFindings } from "../../core/methods/inversion/findings.ts";
import type { InvertedGrams } from "../../core/methods/inversion/invertedGrams.ts";
import {
  checkPairs,
  choosePairs,
  type Pairs,
  parsePairs,
  sameClassPairs,
  samplesNeeded,
} from "../../core/methods/inversion/pairs.ts";
import { type Preset, preset } from "../../core/methods/inversion/presets.ts";
import { residualCurve, shareConverged } from "../../core/methods/inversion/residuals.ts";
import { drawnSeed, isNatural } from "../../core/methods/inversion/seeds.ts";
import { distrust, isTrusted, tooFewImages } from "../../core/methods/inversion/trust.ts";
import { jonesMatrix, naturalMatrix } from "../../core/methods/jones.ts";
import { selfStirMatrix, stirMatrix } from "../../core/methods/stir.ts";
import { modelNames } from "../../core/report/pairs.ts";
import type { InversionReport, Report, Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import { openEngine } from "../engine.ts";
import { throughput } from "../grams/throughput.ts";
import { checkImageShape, type PairImages, writeImages } from "../inversion/images.ts";
import { invertedTap } from "../inversion/invertedTap.ts";
import { type Inversion, Inverting, type Tasks } from "../inversion/inverting.ts";
import { type Represented, represent } from "../inversion/represent.ts";
import { stepRunner } from "../inversion/stepRunner.ts";
import { forget, restoreInversions, resumed, saveInversions } from "../inversion/storedInversions.ts";
import type { Job } from "../job.ts";
import { modelReport, type OpenModel } from "../models/openModel.ts";
import { type OpenModels, openModels } from "../models/openModels.ts";
import { jsonText } from "../probe/jsonText.ts";
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

/** The preset with what the request says otherwise. */
function settingOf({ preset: id, steps, seedKind, repeats, rectifier }: InvertParams): Preset {
  const own = preset(id);
  const kind = seedKind ?? own.seedKind;
  return {
    ...own,
    steps: steps ?? own.steps,
    seedKind: kind,
    // Natural seeds are the same every time.
    repeats: isNatural(kind) || kind === "black" || kind === "white" ? 1 : (repeats ?? own.repeats),
    rectifier: rectifier ?? own.rectifier,
  };
}

function readPairs(path: string, naturalSeeds: boolean): Pairs {
  const text = jsonText(path, "inversion/pairs");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure("inversion/pairs", `It is no JSON: ${(error as Error).message}.`, { file: path });
  }
  return parsePairs(value, path, naturalSeeds);
}

/** One model on its way. */
interface Side {
  readonly model: OpenModel;
  readonly name: string;
  readonly tap: Tap;
  /** Made of the targets. */
  targets: Represented;
  /** Repeats × pairs; as far as they are known. */
  inversions: readonly Inversion[];
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

  /** By repeat. */
  async #invertedGrams(): Promise<{ readonly grams: readonly InvertedGrams[]; readonly classes: ClassesOn }> {
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

  /** The report as far as it is known: without Grams, matrices are undefined. */
  #report(measured: { readonly grams: readonly InvertedGrams[]; readonly classes: ClassesOn } | undefined): Report {
    const { rule, title, id, steps, seedKind, repeats, rectifier } = this.#setting;
    const sides = this.#sides;
    const pairs = this.#pairs.targets.length;
    const empty = sides.map(() => sides.map(() => null));
    const undefinedMatrices = { biased: empty, unbiased: empty };
    const over = (matrixOf: typeof jonesMatrix) =>
      measured ? overRepeats(measured.grams.map(matrixOf)) : undefinedMatrices;
    const cka = {
      natural: measured ? naturalMatrix(measured.grams[0]!) : undefinedMatrices,
      jones: over(jonesMatrix),
      stir: over(stirMatrix),
      selfStir: over(selfStirMatrix),
    };
    const agreement = measured ? agreementOf(sides, measured.classes) : empty;
    const residual = sides.map(({ inversions }) => overImages(inversions, pairs));
    const distrusted = sides.map(({ name, inversions }, i) =>
      measured
        ? distrust({
            name,
            residuals: inversions.map((inversion) => inversion.residual),
            selfStir: cka.selfStir.biased[i]?.[i] ?? null,
            agreement: agreement[i]?.[i] ?? null,
            stuck: inversions.filter(({ stuck }) => stuck).length,
          })
        : [],
    );
    const trusted = distrusted.map((warnings) => measured !== undefined && isTrusted(warnings));
    const names = sides.map(({ name }) => name);
    const inversion: InversionReport = {
      preset: id,
      convention: `${title}; ${ruleText(rule)}; from ${seedKind}; ${rectifier === "exact" ? "gradients of the rectifiers themselves" : "the last rectifier passes gradients straight through"}; best iterate per image, pixels in [0, 1]; linear CKA of flattened features`,
      tap: sides[0]?.tap.name ?? "",
      taps: sides.map(({ tap }) => tap.name),
      steps,
      seedKind,
      repeats,
      pairs: this.#pairs,
      residual,
      curves: sides.map(({ inversions }) => residualCurve(inversions.map(({ history }) => history))),
      converged: sides.map(({ inversions }) =>
        inversions.length === 0 ? 0 : shareConverged(inversions.map((each) => each.residual)),
      ),
      distance: sides.map(({ inversions }) => this.#meanDistance(inversions)),
      agreement,
      trusted,
      cka,
      ...(this.#params.images !== undefined && measured && { images: this.#params.images }),
    };
    return this.#frame.report({
      provider: this.#backend.provider,
      engine: this.#backend.engine,
      models: sides.map(({ model, tap }) => modelReport({ ...model, chosenTaps: [tap] })),
      probe: probeReport(this.#probe),
      forwardPasses: this.#passes,
      inversion,
      findings: measured
        ? inversionFindings({ names, natural: cka.natural, jones: cka.jones, stir: cka.stir, trusted })
        : [],
      warnings: [...this.#warnings, ...distrusted.flat()],
    });
  }

  #meanDistance(inversions: readonly Inversion[]): number {
    let sum = 0;
    for (const [position, { pixels }] of inversions.entries()) {
      const seed = this.#seed(position);
      let squares = 0;
      for (let i = 0; i < pixels.length; i++) {
        squares += (pixels[i]! - Math.min(1, Math.max(0, seed[i]!))) ** 2;
      }
      sum += Math.sqrt(squares);
    }
    return inversions.length === 0 ? 0 : sum / inversions.length;
  }
}

/** Classes named, by repeat, inverting model and naming model. */
type ClassesOn = readonly (readonly (readonly (Int32Array | undefined)[])[])[];

function agreementOf(sides: readonly Side[], classes: ClassesOn): readonly (readonly (number | null)[])[] {
  return sides.map((_, i) =>
    sides.map(({ targets }, j) => {
      let [same, all] = [0, 0];
      for (const repeat of classes) {
        const named = repeat[i]?.[j];
        if (!named || !targets.classes) return null;
        for (const [k, name] of named.entries()) if (name === targets.classes[k]) same++;
        all += named.length;
      }
      return same / all;
    }),
  );
}

/** Mean residual of each image over its repeats. */
function overImages(inversions: readonly Inversion[], pairs: number): readonly number[] {
  if (inversions.length === 0) return [];
  const repeats = inversions.length / pairs;
  return Array.from({ length: pairs }, (_, pair) => {
    let sum = 0;
    for (let r = 0; r < repeats; r++) sum += inversions[r * pairs + pair]!.residual;
    return sum / repeats;
  });
}

function ruleText(rule: Preset["rule"]): string {
  if (rule.kind === "momentum") return `step ${rule.step}, momentum ${rule.momentum}, unit gradients`;
  return `L-BFGS with ${rule.memory} pairs, moves of at most ${rule.longestMove}, until a residual of ${rule.tolerance}`;
}

function sameClass(pairs: Pairs, { seedKind }: Preset, { labels }: Probe): readonly Warning[] {
  const warn = (code: string, message: string): Warning[] => [{ code: `inversion/${code}`, message, where: "probe" }];
  if (seedKind !== "other-class") return [];
  if (!labels) return warn("labels-unknown", "The probe has no labels: seeds may be of their target's own class.");
  const same = sameClassPairs(pairs, labels);
  return same === 0 ? [] : warn("same-class", `${same} seeds are of their target's own class.`);
}

/** @throws Failure `inversion/pixel-range` where samples are not in [0, 1], which is where descent keeps to. */
function checkPixels(samples: readonly Float32Array[], probe: Probe): void {
  const [least, most] = samples.reduce(
    ([low, high], sample) => [
      sample.reduce((a, b) => Math.min(a, b), low),
      sample.reduce((a, b) => Math.max(a, b), high),
    ],
    [0, 1],
  );
  if (least >= -0.01 && most <= 1.01) return;
  const range = `${least.toPrecision(3)} to ${most.toPrecision(3)}`;
  throw new Failure("inversion/pixel-range", `The probe's values reach from ${range}; inversion works in [0, 1].`, {
    file: probe.path,
    hint: "Give the probe as it is before normalisation, scaled to [0, 1] (a *.probe.json with a scale), and the normalisation as the model's preprocessing.",
  });
}
