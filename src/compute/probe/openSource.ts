import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "../../core/failure.ts";
import { openCifar } from "../../core/formats/cifar.ts";
import { idxLabelNames, looksLikeIdx, openIdx } from "../../core/formats/idx.ts";
import { openNpy } from "../../core/formats/npy.ts";
import { openNpz } from "../../core/formats/npz.ts";
import { sniff } from "../../core/formats/sniff.ts";
import type { StoredArray } from "../../core/formats/storedArray.ts";
import { checkExtent } from "../../core/formats/storedArray.ts";
import { dtypeBits, elementCount } from "../../core/graph/tensor.ts";
import type { ProbeLabels } from "../../core/probe/descriptor.ts";
import { parseDescriptor } from "../../core/probe/descriptor.ts";
import type { FileSource } from "../files.ts";
import { fileSource } from "../files.ts";
import { imageFolder } from "./imageFolder.ts";
import { jsonText } from "./jsonText.ts";
import type { SampleSource, StoredLayout } from "./sampleSource.ts";
import { arraySource, readLabels } from "./sampleSource.ts";
import { tokenSource } from "./tokenSource.ts";

/** What of a source must be known when it is opened. */
export interface SourceOptions {
  /** How many samples will be used, the first ones. */
  readonly samples: number;
  /** Height and width to bring image files to. */
  readonly imageSize?: readonly [height: number, width: number] | undefined;
  /** Where stored images have their channels; `undefined` is to be told from the shape. */
  readonly layout?: StoredLayout;
}

/**
 * Opens the samples of a probe file or folder, told by its content.
 * @throws Failure `probe/unknown-format`, `probe/*`, and those of the formats
 */
export function openSource(path: string, options: SourceOptions): SampleSource {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
  const source = isFile ? fileSource(path) : undefined;
  if (source === undefined) return imageFolder(path, options.samples, options.imageSize);
  const close = (): void => source.close();
  try {
    const isDescriptor = sniff(source) === "json" || /\.json$/i.test(path);
    if (!isDescriptor) return selfDescribed(source, options.layout);
    close();
    return described(path, options);
  } catch (error) {
    close();
    throw error;
  }
}

function selfDescribed(source: FileSource, layout: StoredLayout): SampleSource {
  const close = (): void => source.close();
  const kind = sniff(source);
  if (kind === "npy") return arraySource(openNpy(source), close, { layout });
  if (kind === "zip") {
    const { inputs, labels, companions } = openNpz(source);
    if (companions.size === 0) return withLabels(arraySource(inputs, close, { layout }), labels);
    return withLabels(tokenSource(new Map([["input_ids", inputs], ...companions]), close), labels);
  }
  if (looksLikeIdx(source)) return idxSource(source);
  if (kind === "git-lfs-pointer") {
    throw new Failure("git-lfs-pointer", "This is a Git LFS pointer, not the data.", {
      file: source.name,
      hint: "Run: git lfs pull",
    });
  }
  if (/\.bin$/i.test(source.name)) return cifarSource(source);
  throw new Failure("probe/unknown-format", "This is none of the kinds of probe that are read.", {
    file: source.name,
    hint: "A probe is .npy, .npz, IDX (.gz too), CIFAR binary, a folder of images, or a descriptor *.probe.json.",
  });
}

/** MNIST's format: n × H × W bytes become n × 1 × H × W in [0, 1], with the labels that lie beside the file. */
function idxSource(source: FileSource): SampleSource {
  const array = openIdx(source);
  const [samples = 0, ...rest] = array.shape;
  const images = rest.length === 2 ? { ...array, shape: [samples, 1, ...rest] } : array;
  const samplesOnly = arraySource(images, () => source.close(), { layout: "NCHW", scale: 1 / 255 });
  const labelFile = idxLabelNames(basename(source.name))
    .map((name) => join(dirname(source.name), name))
    .find((path) => existsSync(path));
  return labelFile === undefined ? samplesOnly : labelled(samplesOnly, labelFile, undefined);
}

function cifarSource(source: FileSource): SampleSource {
  const { samples, labels, read } = openCifar(source);
  return {
    kind: "image",
    samples,
    shape: [3, 32, 32],
    scale: 1 / 255,
    labels,
    warnings: [],
    recipe: "uint8 as stored",
    ...(source.place && { place: source.place }),
    bytes: read,
    read: (start, count) => new Float32Array(read(start, count)),
    close: () => source.close(),
  };
}

/** A descriptor and what it points at. */
function described(name: string, options: SourceOptions): SampleSource {
  const text = jsonText(name, "probe/descriptor");
  const { file: target, raw, layout, scale, normalisation, labels } = parseDescriptor(text, name);
  const path = resolve(dirname(name), target);
  let samples: SampleSource;
  if (raw === undefined) {
    if (/\.json$/i.test(path)) {
      throw new Failure("probe/descriptor", "A descriptor cannot point at another one.", { file: name });
    }
    samples = openSource(path, { ...options, layout });
  } else {
    const source = fileSource(path);
    const array = rawArray(source, raw.dtype, raw.shape);
    samples = arraySource(array, () => source.close(), { layout });
  }
  const scaled = {
    ...samples,
    scale: scale ?? samples.scale,
    ...(normalisation && { normalisation }),
  };
  return labels === undefined ? scaled : labelled(scaled, resolve(dirname(name), labels.file), labels.dtype);
}

function labelled(samples: SampleSource, path: string, dtype: ProbeLabels["dtype"]): SampleSource {
  const source = fileSource(path);
  try {
    const array =
      dtype !== undefined
        ? rawArray(source, dtype, [Math.floor((source.size * 8) / dtypeBits[dtype])])
        : sniff(source) === "npy"
          ? openNpy(source)
          : openIdx(source);
    return withLabels(samples, array);
  } finally {
    source.close();
  }
}

function withLabels(samples: SampleSource, labels: StoredArray | undefined): SampleSource {
  return labels === undefined ? samples : { ...samples, labels: readLabels(labels, samples.samples) };
}

function rawArray(source: FileSource, dtype: StoredArray["dtype"], shape: readonly number[]): StoredArray {
  const array: StoredArray = { source, offset: 0, dtype, littleEndian: true, fortranOrder: false, shape };
  checkExtent(array, "probe");
  const bytes = (elementCount(shape) * dtypeBits[dtype]) / 8;
  if (bytes !== source.size) {
    throw new Failure("probe/size", `It has ${source.size} bytes, but the descriptor's shape takes ${bytes}.`, {
      file: source.name,
    });
  }
  return array;
}
