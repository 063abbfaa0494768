import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { FailureRecord } from "../core/failure.ts";
import type { Pooling } from "../core/graph/tap.ts";
import type { PresetId, Rectifier } from "../core/methods/inversion/presets.ts";
import type { ResidualCurve } from "../core/methods/inversion/residuals.ts";
import type { SeedKind } from "../core/methods/inversion/seeds.ts";
import type { Report } from "../core/report/report.ts";
import type { TensorStatistics } from "./view.ts";

/** Everything the compute process can be asked, over vscode-jsonrpc with advanced serialisation. */

/** A model as a user names it, with what the user said about it. */
export interface ModelChoice {
  /** Absolute path of the checkpoint. */
  readonly path: string;
  /**
   * Absolute path of the file that tells the architecture of a weights-only checkpoint: a donor, a `config.json`, or the
   * checkpoint itself, in which case its own graph and its family count and nothing else is looked at.
   */
  readonly architecture?: string;
  /** Which of several weight sets in the file, by its name there (`ema`); absent is the main one. */
  readonly weights?: string;
  /** `mean=a,b,c;std=a,b,c` or `none`, as on the command line. */
  readonly preprocess?: string;
  /** Globs and presets (`@all`, `@blocks`, …); absent is the automatic choice. */
  readonly taps?: readonly string[];
  /** What becomes of the tokens at taps that hold one vector for each; absent is what `likeness.json` says, or `mean`. */
  readonly pool?: Pooling;
}

/** What both models are shown. */
export interface ProbeChoice {
  /** Absolute path; absent is what the nearest `likeness.json` names, or synthetic images. */
  readonly path?: string;
  /** The first so many samples in file order; absent is what `likeness.json` says, or 512. */
  readonly samples?: number;
}

export interface EngineChoice {
  /** `auto` or an execution provider's name: `cpu`, `webgpu`, `cuda`, `dml`, `coreml`. */
  readonly provider: string;
  /** Threads of the runtime; absent is the process's cap. */
  readonly threads?: number;
  /** Folder of the Gram store; absent is none. */
  readonly store?: string;
  /** Bytes above which the store drops what was not used for longest; absent is the store's own default. */
  readonly storeLimit?: number;
}

export type Estimator = "auto" | "full" | "minibatch";

export interface InspectParams {
  readonly model: ModelChoice;
  /** `false` leaves the report's digest empty: it takes reading every weight, gigabytes perhaps. */
  readonly digest?: boolean;
  readonly progress: string;
}

export interface CompareParams {
  readonly models: readonly ModelChoice[];
  readonly probe: ProbeChoice;
  readonly engine: EngineChoice;
  readonly batch: number;
  readonly estimator: Estimator;
  /** Measure ids; `["all"]` is every one. */
  readonly measures: readonly string[];
  readonly seed: number;
  /** Key of the progress notifications of this request. */
  readonly progress: string;
}

export interface RunParams {
  readonly model: ModelChoice;
  readonly probe: ProbeChoice;
  readonly engine: EngineChoice;
  readonly batch: number;
  /** Absolute path of the folder that takes one `.npy` per tap. */
  readonly out: string;
  readonly progress: string;
}

export interface MeasureParams {
  /** Absolute paths of two `.npy` files, n × d each. */
  readonly x: string;
  readonly y: string;
  readonly measures: readonly string[];
  readonly progress: string;
}

export interface InvertParams {
  /** One or more. `taps` names the layers that are inverted, one after the other; absent is the one before the classifier. */
  readonly models: readonly ModelChoice[];
  /** `samples` are the targets, unless `pairs` names them; absent is 64. */
  readonly probe: ProbeChoice;
  readonly engine: EngineChoice;
  readonly preset: PresetId;
  /** Absolute path of a JSON file with the indices of seeds and targets; absent is every sample, each with a seed that is drawn. */
  readonly pairs?: string;
  /** What follows is the preset's own where it is absent. */
  readonly seedKind?: SeedKind;
  readonly steps?: number;
  readonly repeats?: number;
  readonly rectifier?: Rectifier;
  /** Images of one run; absent is as many as are good. */
  readonly batch?: number;
  readonly seed: number;
  /** Absolute path of the folder that takes seeds, targets and inversions as PNG files. */
  readonly images?: string;
  /** What is told beyond the numbers of the layer: see the fields of these names in the report. */
  readonly maps?: boolean;
  readonly grams?: boolean;
  readonly saliency?: boolean;
  readonly controversial?: boolean;
  readonly progress: string;
}

/** What inverting would cost with one of the presets. */
export interface InversionCost {
  readonly preset: PresetId;
  /**
   * Of all models and layers, at the speed of one step that was run. With `fast` images end when they are near enough, and
   * are taken to do so where they usually do.
   */
  readonly seconds: number;
  readonly images: number;
  /** The most of one image. */
  readonly steps: number;
}

export interface CheckParams {
  /** One or two. */
  readonly models: readonly ModelChoice[];
  /** What the networks are shown to judge their preprocessing by; absent is nothing: then no network is run. */
  readonly probe?: ProbeChoice;
  /** With a probe; absent is whatever there is. */
  readonly engine?: EngineChoice;
  readonly progress: string;
}

export interface DiffParams {
  /** Only which files and which of their weight sets counts. */
  readonly models: readonly [ModelChoice, ModelChoice];
  readonly progress: string;
}

export interface StatisticsParams {
  /** Absolute path of the checkpoint. */
  readonly path: string;
  /** Which of its weight sets, by its name; absent is the main one. */
  readonly weights?: string;
  readonly progress: string;
}

export interface ArchitecturesParams {
  /** Its own choice of an architecture does not count. */
  readonly model: Pick<ModelChoice, "path" | "weights">;
  readonly progress: string;
}

/** Something that may be the architecture of a checkpoint. */
export interface ArchitectureOption {
  readonly source: "file" | "donor" | "config" | "family";
  /** Absolute path of the file that it is from, where that is another than the checkpoint. */
  readonly path?: string;
  /** For people; empty where it does not fit. */
  readonly name: string;
  /** One sentence: why it is believed to be the network, or why it is not. */
  readonly evidence: string;
  readonly fits: boolean;
}

export interface StoreParams {
  /** Folder of the Gram store. */
  readonly store: string;
  /** Remove every entry instead of only telling their size. */
  readonly clear: boolean;
  readonly progress: string;
}

export const inspect = new RequestType<InspectParams, Report, FailureRecord>("inspect");
export const compare = new RequestType<CompareParams, Report, FailureRecord>("compare");
export const run = new RequestType<RunParams, Report, FailureRecord>("run");
/**
 * What may be the architecture of a checkpoint, in the order in which it is looked for: the first that fits is taken where
 * nobody names one.
 */
export const architectures = new RequestType<ArchitecturesParams, readonly ArchitectureOption[], FailureRecord>(
  "architectures",
);
/**
 * Inverts a layer of each model and compares the models on what came of it. Cancelled and asked again, it goes on where it
 * was, as long as this process lives.
 */
export const invert = new RequestType<InvertParams, Report, FailureRecord>("invert");
/** What each preset would cost for the same models, probe and number of images. Runs one step of each model. */
export const inversionCosts = new RequestType<InvertParams, readonly InversionCost[], FailureRecord>("inversionCosts");
export const measure = new RequestType<MeasureParams, Report, FailureRecord>("measure");
/**
 * What is often wrong with checkpoints, as the report's findings. Reads every weight, and gives way to all other requests,
 * whenever they come; to run a network, it waits for its turn.
 */
export const check = new RequestType<CheckParams, Report, FailureRecord>("check");
/** Weights of two checkpoints, tensor by tensor. */
export const diff = new RequestType<DiffParams, Report, FailureRecord>("diff");
/** Statistics of every weight of a checkpoint. Gives way to all other requests, whenever they come. */
export const statistics = new RequestType<StatisticsParams, readonly TensorStatistics[], FailureRecord>("statistics");

/** Requests that are worked on while no other is. */
export const backgroundMethods: ReadonlySet<string> = new Set([statistics.method, check.method]);
/** Bytes that the entries of a Gram store take, or took before they were removed. */
export const store = new RequestType<StoreParams, number, FailureRecord>("store");

/** Where a request stands. Sent under the request's `progress` key. */
export interface Progress {
  /** What is being done, for people: `Reading`, `Comparing`, … */
  readonly phase: string;
  /** Work done and to do, in samples or bytes; absent while it is not known. */
  readonly done?: number;
  readonly total?: number;
  /** Estimate of what the whole request takes, before the long part begins. */
  readonly estimate?: Estimate;
  /** The report as far as it is known: after the first batch, and again as batches come in. */
  readonly partial?: Report;
  /** With `invert`: how the residual of one model's images fell so far. */
  readonly residual?: { readonly model: number; readonly curve: ResidualCurve };
  /** With `statistics`: those of the tensors that are done since the last progress. */
  readonly statistics?: readonly TensorStatistics[];
}

export interface Estimate {
  readonly seconds: number;
  readonly memoryMB: number;
}

export const progress = new ProgressType<Progress>();
