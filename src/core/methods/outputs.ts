import type { Pooling } from "../graph/tap.ts";
import type { OutputComparison } from "../report/report.ts";
import { poolingWords } from "../tokens/pooling.ts";

/** What a network answered: n × width, row-major. */
export interface Outputs {
  readonly samples: number;
  readonly width: number;
  readonly values: Float32Array;
  readonly meaning: OutputMeaning;
}

/** What the numbers of an output stand for. */
export interface OutputMeaning {
  readonly kind: "scores" | "probabilities" | "logProbabilities" | "values";
  /** For people: `n × 10 class scores`, `an image of n × 1 × 224 × 224`, … */
  readonly what: string;
}

/** What decides the meaning of an output. */
export interface OutputFacts {
  /** Sizes with the samples' axis as `"n"`. */
  readonly shape: readonly ("n" | number)[];
  /** Operator that makes the output, and how many outputs the network has. */
  readonly op: string;
  readonly outputCount: number;
  /** Takes token ids. */
  readonly tokens: boolean;
  /** How one row was made of the output's tokens, where it was. */
  readonly pooled?: Pooling | undefined;
}

/** Operators behind which numbers are an embedding on a sphere, not scores. */
const normalising = new Set(["LpNormalization", "Div"]);

/**
 * What an output is, from its shape and the operator that makes it. One vector of two or more numbers per sample reads
 * as class scores unless its operator says otherwise; the report says what was assumed.
 */
export function outputMeaning({ shape, op, outputCount, tokens, pooled }: OutputFacts): OutputMeaning {
  const sizes = shape.join(" × ");
  if (pooled) return { kind: "values", what: `token scores or states, ${poolingWords[pooled]} (${sizes})` };
  if (shape.length === 3 && tokens) return { kind: "values", what: `token scores or states (${sizes})` };
  if (outputCount > 1)
    return { kind: "values", what: `the first of ${outputCount} outputs (${sizes}), as a detector has` };
  const width = shape[1];
  if (shape.length !== 2 || shape[0] !== "n" || typeof width !== "number") {
    return { kind: "values", what: shape.length === 4 ? `an image or map (${sizes})` : `values (${sizes})` };
  }
  if (width === 1) return { kind: "values", what: `one number per sample (${sizes}), as a regressor has` };
  if (op === "Softmax") return { kind: "probabilities", what: `class probabilities (${sizes})` };
  if (op === "LogSoftmax") return { kind: "logProbabilities", what: `class log-probabilities (${sizes})` };
  if (normalising.has(op)) return { kind: "values", what: `an embedding (${sizes})` };
  return { kind: "scores", what: `class scores (${sizes})` };
}

/**
 * Compares what two networks answered to the same samples, as the answers come in: each sample is looked at once.
 *
 * Disagreement is the fraction of samples whose top class differs (ties go to the first class); the Jensen–Shannon
 * divergence is taken between the softmax distributions of each sample, base 2, and averaged (Lin 1991).
 */
export class ComparedOutputs {
  readonly #labels: ArrayLike<number> | undefined;
  #samples = 0;
  #differ = 0;
  /** Samples that each side has right; no number where a label is no class of it. */
  readonly #right: [number, number] = [0, 0];
  /** Jensen–Shannon divergences, in bits. */
  #divergence = 0;
  #squaredDifference = 0;
  #squaredNorm = 0;

  /** @param labels class of each sample, or `undefined`. */
  constructor(labels: ArrayLike<number> | undefined) {
    this.#labels = labels;
  }

  /**
   * The comparison over all samples that both have answered.
   * @param a answers that begin with those that were there in the last call; so does `b`.
   */
  over(a: Outputs, b: Outputs): OutputComparison {
    const samples = Math.min(a.samples, b.samples);
    const classes = a.meaning.kind !== "values" && b.meaning.kind !== "values";
    const sameWidth = a.width === b.width;
    const isLabelled = this.#labels !== undefined && this.#labels.length >= samples;
    const [p, q] = [new Float64Array(a.width), new Float64Array(b.width)];
    for (let sample = this.#samples; sample < samples; sample++) {
      const [topA, topB] = [topClass(a, sample), topClass(b, sample)];
      if (topA !== topB) this.#differ++;
      this.#right[0] += isRight(topA, a.width, this.#labels?.[sample]);
      this.#right[1] += isRight(topB, b.width, this.#labels?.[sample]);
      if (!sameWidth) continue;
      if (classes) this.#divergence += jensenShannon(a, b, sample, p, q);
      this.#addDifference(a, b, sample);
    }
    this.#samples = Math.max(this.#samples, samples);
    const accuracy = ({ meaning }: Outputs, right: number) =>
      meaning.kind === "values" || !isLabelled ? null : finite(right / samples);
    const divergence = finite(this.#divergence / samples);
    return {
      kind: classes ? "classes" : "values",
      what: describe(a, b, classes),
      samples,
      disagreement: classes && sameWidth ? this.#differ / samples : null,
      jensenShannonBits: classes && sameWidth && divergence !== null ? Math.min(1, Math.max(0, divergence)) : null,
      accuracy: [accuracy(a, this.#right[0]), accuracy(b, this.#right[1])],
      relativeDifference: sameWidth ? finite(Math.sqrt(this.#squaredDifference / this.#squaredNorm)) : null,
    };
  }

  /** Of ‖A − B‖ / ‖B‖ over all samples. */
  #addDifference(a: Outputs, b: Outputs, sample: number): void {
    for (let i = sample * a.width; i < (sample + 1) * a.width; i++) {
      const [x, y] = [a.values[i]!, b.values[i]!];
      this.#squaredDifference += (x - y) ** 2;
      this.#squaredNorm += y * y;
    }
  }
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}

/** 1 where the top class is the label; no number where the label is missing or names no class. */
function isRight(top: number, width: number, label = -1): number {
  if (label < 0 || label >= width) return Number.NaN;
  return top === label ? 1 : 0;
}

function describe(a: Outputs, b: Outputs, classes: boolean): string {
  const what = a.meaning.what === b.meaning.what ? a.meaning.what : `${a.meaning.what} against ${b.meaning.what}`;
  if (a.width !== b.width) return `${what}: the sizes differ, so only accuracies are compared`;
  return classes ? what : `${what}: compared as values, by relative difference`;
}

function topClass({ values, width }: Outputs, sample: number): number {
  const row = sample * width;
  let top = 0;
  for (let c = 1; c < width; c++) if ((values[row + c] ?? 0) > (values[row + top] ?? 0)) top = c;
  return top;
}

/** Of one sample, in bits and float64. @param p workspace, and q. */
function jensenShannon(a: Outputs, b: Outputs, sample: number, p: Float64Array, q: Float64Array): number {
  distribution(a, sample, p);
  distribution(b, sample, q);
  let sum = 0;
  for (let c = 0; c < p.length; c++) {
    const [pc, qc] = [p[c]!, q[c]!];
    const middle = (pc + qc) / 2;
    if (pc > 0) sum += 0.5 * pc * Math.log2(pc / middle);
    if (qc > 0) sum += 0.5 * qc * Math.log2(qc / middle);
  }
  return sum;
}

/** The class distribution of one sample, in float64. */
function distribution({ values, width, meaning }: Outputs, sample: number, into: Float64Array): void {
  const row = sample * width;
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < width; c++) largest = Math.max(largest, values[row + c]!);
  let sum = 0;
  for (let c = 0; c < width; c++) {
    const value = values[row + c]!;
    into[c] = meaning.kind === "probabilities" ? Math.max(0, value) : Math.exp(value - largest);
    sum += into[c]!;
  }
  for (let c = 0; c < width; c++) into[c]! /= sum;
}
