/**
 * The vocabulary of results, as the command line writes it with `--json`, the panel shows it and a saved file keeps it.
 * Names are fixed; `media/schema/report.schema.json` states the same as JSON Schema.
 */

import type { WeightDifferences } from "./weightDifferences.ts";

export const reportSchema = "likeness/report@1";

export type ReportKind = "comparison" | "inversion" | "run" | "inspect" | "measure" | "check" | "diff";

export interface Report {
  readonly schema: typeof reportSchema;
  readonly kind: ReportKind;
  /** Version of Likeness. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly seed: number;
  /** Execution provider that ran the networks, e.g. `cpu`; `none` where nothing ran. */
  readonly provider: string;
  /** Version of the engine, e.g. `onnxruntime 1.30.0`. */
  readonly engine?: string;
  readonly seconds: Seconds;
  /** Highest resident memory of the compute process, MiB. */
  readonly peakMemoryMB: number;
  readonly models: readonly ModelReport[];
  readonly probe?: ProbeReport;
  /** How often the whole probe went through a network, summed over networks; 0 when the store answered. */
  readonly forwardPasses: number;
  /** By measure id. With more than two models these stand in `pairs` instead. */
  readonly measures?: Readonly<Record<string, MeasureMatrix>>;
  readonly outputs?: OutputComparison;
  readonly pairs?: readonly PairReport[];
  /** Model × model summary, with more than two models. */
  readonly matrix?: ModelMatrix;
  /** With `inversion`. */
  readonly inversion?: InversionReport;
  /** With `diff`. */
  readonly weights?: WeightDifferences;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Warning[];
}

export interface Seconds {
  readonly total: number;
  /** Reading the files and compiling the networks. */
  readonly load?: number;
  /** In the runtime. */
  readonly forward: number;
  /** From Grams to values, intervals included. */
  readonly measures?: number;
}

export interface ModelReport {
  readonly path: string;
  readonly format: string;
  /** Digest of everything that decides what the model computes. */
  readonly digest: string;
  readonly architecture: Architecture;
  /** Which of the file's weight sets it is, by its name there (`ema`); absent is the main one. */
  readonly weights?: string;
  /** Names of the weight sets that the file holds besides the main one. */
  readonly weightSets?: readonly string[];
  /** Number of trained parameters. */
  readonly parameters: number;
  readonly taps: readonly TapReport[];
  readonly preprocessing: PreprocessingReport;
  /** With `inspect`. */
  readonly tensors?: readonly TensorReport[];
  /** What a caller has to feed. */
  readonly inputs?: readonly TensorReport[];
  /** Facts of the file: producer, operator sets, metadata. */
  readonly facts?: Readonly<Record<string, string>>;
}

export interface Architecture {
  readonly source: "file" | "donor" | "family" | "config" | "none";
  readonly name: string;
  readonly evidence: string;
  /** Absolute path of the file that tells it (a donor, a `config.json`), where that is another than the model's. */
  readonly file?: string;
}

export interface TapReport {
  readonly name: string;
  readonly op: string;
  readonly shape: readonly ("n" | number)[];
  readonly width: number;
  readonly folded: readonly string[];
  /** How the vectors of a sample's tokens became the one that `shape` tells of; absent where none were pooled. */
  readonly pool?: "cls" | "mean" | "last";
}

export interface TensorReport {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string | null)[];
}

/** What happens to a probe sample before the model sees it: `(x · scale − mean) / std` per channel. */
export interface PreprocessingReport {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Where it came from, in the words of CONTRACT's order of precedence. */
  readonly source: "command line" | "likeness.json" | "checkpoint" | "probe" | "proposal" | "none";
  /** Why it is proposed. */
  readonly evidence?: string;
}

export interface ProbeReport {
  readonly path: string;
  readonly digest: string;
  readonly samples: number;
  readonly labels: boolean;
  /** `true` where no probe was given and images were drawn: every number then says so. */
  readonly synthetic: boolean;
  /** Shape of one sample as stored after decoding, C × H × W for images. */
  readonly shape: readonly number[];
}

export interface MeasureMatrix {
  /** The definition in one line: centring, estimator, flattening, n. */
  readonly convention: string;
  readonly estimator: "full" | "minibatch";
  /** Samples per batch, with `minibatch`. */
  readonly batch?: number;
  readonly kind: "similarity" | "distance";
  readonly range: string;
  /** Samples that entered. */
  readonly samples: number;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `null` is undefined; the reason stands in `warnings`. */
  readonly values: Matrix;
  /** Ends of the 95 % interval; absent where the estimator gives none. */
  readonly low?: Matrix;
  readonly high?: Matrix;
}

export type Matrix = readonly (readonly (number | null)[])[];

/** What the two networks answer, compared before anything inside them is. */
export interface OutputComparison {
  /**
   * What was compared: `classes` (class scores), or `values` where the output is something else (a regression, an
   * embedding, boxes, token scores), with `what` saying so.
   */
  readonly kind: "classes" | "values";
  /** One sentence for people. */
  readonly what: string;
  readonly samples: number;
  /** Fraction of samples whose top class differs; `null` unless `classes`. */
  readonly disagreement: number | null;
  /** Mean Jensen–Shannon divergence of the softmax outputs, base 2, in [0, 1]; `null` unless `classes`. */
  readonly jensenShannonBits: number | null;
  /** Fraction right per model; `null` without labels or unless `classes`. */
  readonly accuracy: readonly [number | null, number | null];
  /** ‖A − B‖ / ‖B‖ over all samples; `null` where the shapes differ. */
  readonly relativeDifference: number | null;
}

export interface PairReport {
  /** Indices into `models`. */
  readonly a: number;
  readonly b: number;
  readonly measures: Readonly<Record<string, MeasureMatrix>>;
  readonly outputs?: OutputComparison;
}

export interface ModelMatrix {
  readonly measure: string;
  readonly convention: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: Matrix;
}

/**
 * Images that each model takes for the targets, and how alike the models are on them. Matrices are models × models in the
 * order of `models`: the row's model inverts.
 */
export interface InversionReport {
  readonly preset: "fast" | "jones" | "stir" | "madry";
  /** How it was done, in one line. */
  readonly convention: string;
  /** The first model's layer; `taps` has every model's. */
  readonly tap: string;
  readonly taps: readonly string[];
  /** The most that an image could take. */
  readonly steps: number;
  readonly seedKind: string;
  /** Independent inversions from other seeds; the numbers are their means. */
  readonly repeats: number;
  /** Indices into the probe; `seeds` is empty where they were drawn. */
  readonly pairs: { readonly seeds: readonly number[]; readonly targets: readonly number[] };
  /** By model and image, ‖Rep(x′) − Rep(t)‖₂ / ‖Rep(t)‖₂ of the best iterate; means over repeats. Empty while it is not known. */
  readonly residual: readonly (readonly number[])[];
  /** By model, the median of the best residuals so far after so many steps. */
  readonly curves: readonly { readonly steps: readonly number[]; readonly median: readonly number[] }[];
  /** By model: share of images with a residual below 0.1. */
  readonly converged: readonly number[];
  /** By model: mean Euclidean distance of the inversions from their seeds, in pixels of [0, 1]. */
  readonly distance: readonly number[];
  /**
   * Share of images in which the column's model names one class for the target and for the row's inversion of it; `null`
   * where it names none.
   */
  readonly agreement: Matrix;
  /** By inverting model: whether the row passed the gates. */
  readonly trusted: readonly boolean[];
  readonly cka: {
    /** CKA(g_i(T), g_j(T)) on the targets. */
    readonly natural: InversionMatrices;
    /** CKA(g_i(I_i), g_j(I_i)) on what model i inverted. */
    readonly jones: InversionMatrices;
    /** STIR(j | i) = CKA(g_j(T), g_j(I_i)). */
    readonly stir: InversionMatrices;
    /** STIR(i | i), the same in every column of a row. */
    readonly selfStir: InversionMatrices;
  };
  /** Absolute path of the folder with the images. */
  readonly images?: string;
  /** With `images`: what lies there, by pair. */
  readonly pictures?: readonly PairPictures[];
  /** Classes that the models name, of the first repeat; `null` for a model that names none. */
  readonly classes?: InversionClasses;
  /** How like the images are to each other, for each model: what a click on an image shows. */
  readonly grams?: InversionGrams;
  /** Layer × layer similarity of each two models, on natural and on inverted images; of one model, with itself. */
  readonly maps?: readonly LayerMaps[];
  /** The same question at the layers before this one, in the order in which they were asked; absent where there was one. */
  readonly layers?: readonly InvertedLayer[];
  /** Cosine between the models' gradients with respect to the pixels. */
  readonly saliency?: SaliencyCosines;
  /** Inversions that one model takes for their targets, and the other does not. */
  readonly controversial?: ControversialInversions;
}

/** File names in the folder of the images, each a PNG. */
export interface PairPictures {
  readonly seed: string;
  readonly target: string;
  /** By model, of the first repeat. */
  readonly inversions: readonly string[];
  /** By model: the descent as one picture, its frames side by side from the seed to the best. */
  readonly descents: readonly { readonly file: string; readonly steps: readonly number[] }[];
}

/** Class indices. */
export interface InversionClasses {
  /** Labels of the targets, where the probe has them. */
  readonly labels?: readonly number[];
  /** What the classes are called, by index, where the probe says it and has as many as the models tell apart. */
  readonly names?: readonly string[];
  /** By model, then by pair. */
  readonly seeds: readonly (readonly number[] | null)[];
  readonly targets: readonly (readonly number[] | null)[];
  /** By inverting model, by naming model, by pair. */
  readonly inversions: readonly (readonly (readonly number[] | null)[])[];
}

/** Cosines between centred representations, images × images, in [−1, 1], to four decimals. */
export interface InversionGrams {
  /** By model, on the targets. */
  readonly natural: readonly Matrix[];
  /** By inverting model, then by model, on the inversions of the first repeat. */
  readonly inverted: readonly (readonly Matrix[])[];
}

/** Layer × layer linear CKA of two models on the same images. */
export interface LayerMaps {
  /** Positions among the models, the rows' first. */
  readonly models: readonly [number, number];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly natural: LayerMap;
  /** On the inversions of the rows' model, and on those of the columns' model. */
  readonly inverted: readonly [LayerMap, LayerMap];
}

export interface LayerMap {
  readonly biased: Matrix;
  readonly unbiased: Matrix;
}

/** Inversions at one of several layers. */
export type InvertedLayer = Pick<
  InversionReport,
  "taps" | "residual" | "converged" | "distance" | "agreement" | "trusted" | "cka"
>;

/**
 * Cosine between the gradients of two models with respect to the same pixels, of the score that each gives the class that
 * it names itself: mean over the targets, models × models.
 */
export interface SaliencyCosines {
  readonly mean: Matrix;
  /** Standard error of the mean. */
  readonly error: Matrix;
}

/** By ordered pair of models (row: the one that is to see the target; column: the one that is not). */
export interface ControversialInversions {
  /** Medians over images of the residual of the row's model, and of the column's; `null` on the diagonal. */
  readonly matched: Matrix;
  readonly avoided: Matrix;
  /** With `images`: files by row's model, column's model and pair. */
  readonly pictures?: readonly (readonly (readonly string[])[])[];
}

export interface InversionMatrices {
  /** Linear CKA as published. */
  readonly biased: Matrix;
  readonly unbiased: Matrix;
  /** Ends of the unbiased one's 95 % interval: jackknife over images. */
  readonly unbiasedLow?: Matrix;
  readonly unbiasedHigh?: Matrix;
  /** Standard deviations over repeats. */
  readonly biasedDeviation?: Matrix;
  readonly unbiasedDeviation?: Matrix;
}

/** Something that a user should know of a checkpoint, or of two, with what it was seen by. */
export interface Finding {
  /** `check/…`: which check found it. */
  readonly code: string;
  readonly severity: "information" | "warning" | "error";
  readonly title: string;
  readonly evidence: string;
  /** Path of the file; absent where it is about two together. */
  readonly where?: string;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly where: string;
}
