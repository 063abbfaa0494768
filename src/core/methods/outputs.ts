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
 * Compares what two networks answered to the same samples.
 *
 * Disagreement is the fraction of samples whose top class differs (ties go to the first class); the Jensen–Shannon
 * divergence is taken between the softmax distributions of each sample, base 2, and averaged (Lin 1991).
 *
 * @param labels class of each sample, or `undefined`.
 */
export function compareOutputs(a: Outputs, b: Outputs, labels: ArrayLike<number> | undefined): OutputComparison {
  const samples = Math.min(a.samples, b.samples);
  const classes = a.meaning.kind !== "values" && b.meaning.kind !== "values";
  const sameWidth = a.width === b.width;
  const accuracies = [a, b].map((side) => (side.meaning.kind === "values" ? null : accuracy(side, samples, labels)));
  return {
    kind: classes ? "classes" : "values",
    what: describe(a, b, classes),
    samples,
    disagreement: classes && sameWidth ? disagreement(a, b, samples) : null,
    jensenShannonBits: classes && sameWidth ? meanJensenShannon(a, b, samples) : null,
    accuracy: [accuracies[0] ?? null, accuracies[1] ?? null],
    relativeDifference: sameWidth ? relativeDifference(a, b, samples) : null,
  };
}

function describe(a: Outputs, b: Outputs, classes: boolean): string {
  const what = a.meaning.what === b.meaning.what ? a.meaning.what : `${a.meaning.what} against ${b.meaning.what}`;
  if (a.width !== b.width) return `${what}: the sizes differ, so only accuracies are compared`;
  return classes ? what : `${what}: compared as values, by relative difference`;
}

function disagreement(a: Outputs, b: Outputs, samples: number): number {
  let differ = 0;
  for (let sample = 0; sample < samples; sample++) if (topClass(a, sample) !== topClass(b, sample)) differ++;
  return differ / samples;
}

/** Fraction of samples whose top class is their label; `null` where labels are missing or name classes it lacks. */
function accuracy(outputs: Outputs, samples: number, labels: ArrayLike<number> | undefined): number | null {
  if (!labels || labels.length < samples) return null;
  let right = 0;
  for (let sample = 0; sample < samples; sample++) {
    const label = labels[sample] ?? -1;
    if (label < 0 || label >= outputs.width) return null;
    if (topClass(outputs, sample) === label) right++;
  }
  return right / samples;
}

function topClass({ values, width }: Outputs, sample: number): number {
  const row = sample * width;
  let top = 0;
  for (let c = 1; c < width; c++) if ((values[row + c] ?? 0) > (values[row + top] ?? 0)) top = c;
  return top;
}

function meanJensenShannon(a: Outputs, b: Outputs, samples: number): number | null {
  const p = new Float64Array(a.width);
  const q = new Float64Array(b.width);
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    distribution(a, sample, p);
    distribution(b, sample, q);
    for (let c = 0; c < p.length; c++) {
      const pc = p[c] ?? 0;
      const qc = q[c] ?? 0;
      const middle = (pc + qc) / 2;
      if (pc > 0) sum += 0.5 * pc * Math.log2(pc / middle);
      if (qc > 0) sum += 0.5 * qc * Math.log2(qc / middle);
    }
  }
  return Number.isFinite(sum) ? Math.min(1, Math.max(0, sum / samples)) : null;
}

/** The class distribution of one sample, in float64. */
function distribution({ values, width, meaning }: Outputs, sample: number, into: Float64Array): void {
  const row = sample * width;
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < width; c++) largest = Math.max(largest, values[row + c] ?? 0);
  let sum = 0;
  for (let c = 0; c < width; c++) {
    const value = values[row + c] ?? 0;
    into[c] = meaning.kind === "probabilities" ? Math.max(0, value) : Math.exp(value - largest);
    sum += into[c] ?? 0;
  }
  for (let c = 0; c < width; c++) into[c] = (into[c] ?? 0) / sum;
}

/** ‖A − B‖ / ‖B‖ over all samples; `null` where B is zero. */
function relativeDifference(a: Outputs, b: Outputs, samples: number): number | null {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < samples * a.width; i++) {
    const d = (a.values[i] ?? 0) - (b.values[i] ?? 0);
    difference += d * d;
    norm += (b.values[i] ?? 0) ** 2;
  }
  const ratio = Math.sqrt(difference / norm);
  return Number.isFinite(ratio) ? ratio : null;
}
