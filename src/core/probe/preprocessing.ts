import { Failure } from "../failure.ts";
import { elementCount } from "../graph/tensor.ts";
import type { PreprocessingReport } from "../report/report.ts";
import type { LayoutConversion } from "./layout.ts";
import { convert } from "./layout.ts";

/**
 * `(x − mean) / std` per channel, on values in the probe's scale. Empty lists leave values as they are; lists of one
 * value hold for every channel.
 */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A normalisation that nobody named, with why it is proposed. */
export interface Proposal extends Normalisation {
  readonly evidence?: string;
}

/** Values as they are. */
export const asIs: Normalisation = { mean: [], std: [] };

/** What is known of a model's preprocessing, from each place that may say something; absent where it says nothing. */
export interface PreprocessingSources {
  /** `--preprocess`, parsed by {@link parsePreprocessing}. */
  readonly commandLine?: Normalisation | undefined;
  readonly settings?: Normalisation | undefined;
  /** Normalisation that the checkpoint's own graph or configuration declares and does not apply itself. */
  readonly checkpoint?: Normalisation | undefined;
  readonly probe?: Normalisation | undefined;
  readonly proposal?: Proposal | undefined;
}

const precedence = [
  ["commandLine", "command line"],
  ["settings", "likeness.json"],
  ["checkpoint", "checkpoint"],
  ["probe", "probe"],
  ["proposal", "proposal"],
] as const;

/** The preprocessing that holds for a model: the first source, in the documented order, that says something. */
export function choosePreprocessing(sources: PreprocessingSources): PreprocessingReport {
  for (const [key, source] of precedence) {
    const found: Proposal | undefined = sources[key];
    if (found === undefined) continue;
    const { mean, std, evidence } = found;
    return { mean, std, source, ...(evidence !== undefined && { evidence }) };
  }
  return { ...asIs, source: "none" };
}

/**
 * Reads `mean=a,b,c;std=a,b,c`, each part optional, or `none`. A further `scale=s` multiplies values before the mean is
 * taken off; it is folded into mean and std. Numbers may be fractions such as `1/255`.
 * @throws Failure `preprocess/syntax`, `preprocess/std`, `preprocess/channels`
 */
export function parsePreprocessing(text: string): Normalisation {
  if (text.trim() === "none") return asIs;
  const parts = new Map<string, readonly number[]>();
  for (const part of text.split(";").filter((piece) => piece.trim() !== "")) {
    const [name = "", list = "", ...rest] = part.split("=").map((piece) => piece.trim());
    const known = name === "mean" || name === "std" || name === "scale";
    if (!known || rest.length > 0 || parts.has(name)) throw syntax(text);
    parts.set(
      name,
      list.split(",").map((number) => parseNumber(number, text)),
    );
  }
  const scale = parts.get("scale") ?? [1];
  if (parts.size === 0 || scale.length !== 1) throw syntax(text);
  return normalisation(parts.get("mean"), parts.get("std"), scale[0]);
}

/**
 * A normalisation `(x · scale − mean) / std`, with the scale folded in.
 * @param mean default 0
 * @param std default 1
 * @throws Failure `preprocess/std` unless all are finite and above 0, `preprocess/channels` where the lists' lengths differ
 */
export function normalisation(
  mean: readonly number[] | undefined,
  std: readonly number[] | undefined,
  scale = 1,
): Normalisation {
  const channels = Math.max(mean?.length ?? 1, std?.length ?? 1);
  const means = spread(mean ?? [0], channels);
  const stds = spread(std ?? [1], channels);
  if (means === undefined || stds === undefined) {
    throw new Failure("preprocess/channels", `There are ${mean?.length} means for ${std?.length} standard deviations.`);
  }
  if (!(scale > 0) || stds.some((value) => !(value > 0 && Number.isFinite(value)))) {
    throw new Failure("preprocess/std", "Standard deviations and the scale must be above 0.");
  }
  return { mean: means.map((value) => value / scale), std: stds.map((value) => value / scale) };
}

/**
 * A batch as a model takes it: in its layout, then normalised per channel. Each value is computed in float64 and
 * rounded once to float32.
 * @param values `count × sampleShape` in the probe's scale; not changed
 * @returns `count × conversion.shape`; the same array where nothing is to be done
 * @throws Failure `preprocess/channels`
 */
export function prepare(
  values: Float32Array<ArrayBuffer>,
  count: number,
  conversion: LayoutConversion,
  { mean, std }: Normalisation,
): Float32Array<ArrayBuffer> {
  const converted = convert(values, count, conversion);
  if (mean.length === 0) return converted;
  const channels = conversion.shape[conversion.channelAxis] ?? 1;
  const means = spread(mean, channels);
  const stds = spread(std, channels);
  if (means === undefined || stds === undefined) {
    throw new Failure(
      "preprocess/channels",
      `The preprocessing has ${mean.length} means and ${std.length} standard deviations, but the model's input has ${channels} channels.`,
      { hint: "Give one value for each channel, or one for all." },
    );
  }
  const out = converted === values ? values.slice() : converted;
  const inner = elementCount(conversion.shape.slice(conversion.channelAxis + 1));
  for (let start = 0, channel = 0; start < out.length; start += inner, channel = (channel + 1) % channels) {
    const [shift, divisor] = [means[channel] ?? 0, stds[channel] ?? 1];
    for (let i = start; i < start + inner; i++) out[i] = ((out[i] ?? 0) - shift) / divisor;
  }
  return out;
}

/** The list for so many channels, one value standing for all; `undefined` where it has another length. */
function spread(values: readonly number[], channels: number): readonly number[] | undefined {
  if (values.length === channels) return values;
  return values.length === 1 ? Array.from({ length: channels }, () => values[0] ?? 0) : undefined;
}

function parseNumber(text: string, whole: string): number {
  const [numerator = "", denominator = "1", ...rest] = text.split("/");
  const value =
    numerator.trim() === "" || denominator.trim() === "" ? Number.NaN : Number(numerator) / Number(denominator);
  if (rest.length > 0 || !Number.isFinite(value)) throw syntax(whole);
  return value;
}

function syntax(text: string): Failure {
  return new Failure("preprocess/syntax", `The preprocessing "${text}" is not understood.`, {
    hint: 'Write "mean=0.485,0.456,0.406;std=0.229,0.224,0.225" or "none".',
  });
}
