import { Failure } from "../../core/failure.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import { syntheticSample } from "../../core/probe/synthetic.ts";
import type { Warning } from "../../core/report/report.ts";
import type { TokenRow } from "../../core/tokens/tokenRows.ts";
import { openSource } from "./openSource.ts";
import { probeDigest } from "./probeDigest.ts";
import type { SampleKind, SampleSource } from "./sampleSource.ts";

/** The ordered inputs that every model of a comparison sees. */
export interface Probe {
  /** As it was asked for; `synthetic` where none was. */
  readonly path: string;
  /** SHA-256, in hex, of the samples in use (as stored, in order), how they are read, and their labels. Computed when first asked for. */
  readonly digest: string;
  /** How many are in use. */
  readonly samples: number;
  readonly kind: SampleKind;
  /** C × H × W for images, d for vectors, T for tokens, rows × T where these come with masks or the like. */
  readonly sampleShape: readonly number[];
  /** What the rows of a token sample are, where there are more than ids. */
  readonly rows?: readonly TokenRow[];
  /** Class index of each sample in use. */
  readonly labels?: Int32Array;
  /** What the classes are called, by index. */
  readonly classNames?: readonly string[];
  readonly synthetic: boolean;
  /** What the probe's descriptor says about preprocessing; holds where nothing before it in the order does. */
  readonly normalisation?: Normalisation;
  readonly warnings: readonly Warning[];
  /**
   * Samples `start … start + count − 1` as `count × sampleShape`, row-major, scaled (images to [0, 1]), not normalised.
   * The array is the caller's.
   */
  read(start: number, count: number): Float32Array<ArrayBuffer>;
  /** Lets go of files and memory; reading opens them again. */
  close(): void;
}

export interface ProbeOptions {
  /** The first so many samples, or all where there are fewer. */
  readonly samples: number;
  /** Height and width that image files are brought to: what the models take, where they say. */
  readonly imageSize?: readonly [height: number, width: number] | undefined;
  /** Shape of synthetic samples: what the models take. */
  readonly syntheticShape?: readonly number[] | undefined;
  /** Seed of synthetic samples. */
  readonly seed?: number | undefined;
}

const defaultSyntheticShape = [3, 32, 32];

/**
 * Opens a probe: `.npy`, `.npz`, IDX, CIFAR binary, a folder of images, a descriptor; without a path, synthetic images.
 * @throws Failure `probe/no-samples`, and those of {@link openSource}
 */
export function openProbe(path: string | undefined, options: ProbeOptions): Probe {
  if (path === undefined) {
    return syntheticProbe(options.syntheticShape ?? defaultSyntheticShape, options.samples, options.seed ?? 0);
  }
  const source = openSource(path, options);
  const samples = Math.min(source.samples, options.samples);
  if (source.samples < options.samples) {
    const message = `${options.samples} samples were asked for; the probe has ${source.samples}, and all are used.`;
    return probeOf(source, path, samples, false, [{ code: "probe/fewer-samples", message, where: path }]);
  }
  return probeOf(source, path, samples, false, []);
}

/** Made-up samples, the same on every machine: see {@link syntheticSample}. */
export function syntheticProbe(sampleShape: readonly number[], samples: number, seed: number): Probe {
  const width = elementCount(sampleShape);
  const source: SampleSource = {
    kind: sampleShape.length === 3 ? "image" : "values",
    samples,
    shape: sampleShape,
    scale: 1,
    warnings: [],
    recipe: `synthetic@1 seed ${seed}`,
    read(start, count) {
      const values = new Float32Array(count * width);
      for (let i = 0; i < count; i++) values.set(syntheticSample(sampleShape, seed, start + i), i * width);
      return values;
    },
    close() {},
  };
  const message = "No probe was given: the samples are made up, and so is what the networks make of them.";
  return probeOf(source, "synthetic", samples, true, [{ code: "probe/synthetic", message, where: "synthetic" }]);
}

function probeOf(
  source: SampleSource,
  path: string,
  samples: number,
  synthetic: boolean,
  warnings: readonly Warning[],
): Probe {
  if (samples === 0) {
    source.close();
    throw new Failure("probe/no-samples", "The probe holds no samples.", { file: path });
  }
  const labels = source.labels?.slice(0, samples);
  const read = (start: number, count: number): Float32Array<ArrayBuffer> => {
    if (start < 0 || count < 0 || start + count > samples)
      throw new RangeError(`samples ${start} + ${count} of ${samples}`);
    const values = source.read(start, count);
    if (source.scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * source.scale;
    return values;
  };
  let digest: string | undefined;
  return {
    path,
    get digest() {
      digest ??= probeDigest(source, samples, labels);
      return digest;
    },
    samples,
    kind: source.kind,
    sampleShape: source.shape,
    ...(source.rows && { rows: source.rows }),
    ...(labels && { labels }),
    ...(source.classNames && { classNames: source.classNames }),
    synthetic,
    ...(source.normalisation && { normalisation: source.normalisation }),
    warnings: [...warnings, ...source.warnings],
    read,
    close: () => source.close(),
  };
}
