import { Failure } from "../../core/failure.ts";
import type { FilePlace } from "../../core/formats/byteSource.ts";
import type { StoredArray } from "../../core/formats/storedArray.ts";
import { readRows, shapeText } from "../../core/formats/storedArray.ts";
import { dtypeBits, elementCount } from "../../core/graph/tensor.ts";
import type { LayoutConversion } from "../../core/probe/layout.ts";
import { channelsLastOrder, convert } from "../../core/probe/layout.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import type { Warning } from "../../core/report/report.ts";
import type { TokenRow } from "../../core/tokens/tokenRows.ts";

/** What a sample is: an image (C × H × W), a row of token ids, or any other values. */
export type SampleKind = "image" | "tokens" | "values";

/** The samples of one file or folder, in its own order and as it stores them, before they are scaled. */
export interface SampleSource {
  readonly kind: SampleKind;
  readonly samples: number;
  /** Shape of one sample; C × H × W for images, however they are stored. */
  readonly shape: readonly number[];
  /** What the rows of a token sample are, where there are more than ids. */
  readonly rows?: readonly TokenRow[];
  /** Multiplies stored values. */
  readonly scale: number;
  /** At least as many as there are samples. */
  readonly labels?: Int32Array;
  /** What the classes are called, by index. */
  readonly classNames?: readonly string[];
  readonly normalisation?: Normalisation;
  readonly warnings: readonly Warning[];
  /** What the samples are in digests: {@link bytes} with the rule that makes values of them, or a rule alone. */
  readonly recipe: string;
  /** Samples `start … start + count − 1` as they are stored; absent where the recipe says all. Valid until the next read. */
  bytes?(start: number, count: number): Uint8Array;
  /** Where the samples stand in a file, one behind the other; absent where they do not. */
  readonly place?: FilePlace;
  /** Samples `start … start + count − 1` as `count × shape`; the caller's own. */
  read(start: number, count: number): Float32Array<ArrayBuffer>;
  /** Lets go of the files; they are opened again when needed. */
  close(): void;
}

/** Order of the axes of stored images; `undefined` is to be told from the shape. */
export type StoredLayout = "NHWC" | "NCHW" | undefined;

/** An array whose first axis runs over samples. */
export function arraySource(
  array: StoredArray,
  close: () => void,
  { layout, scale = 1 }: { readonly layout?: StoredLayout; readonly scale?: number | undefined } = {},
): SampleSource {
  const stored = array.shape.slice(1);
  if (array.shape.length === 0 || elementCount(stored) === 0) {
    throw new Failure("probe/no-samples", `An array of ${shapeText(array.shape)} holds no samples.`, {
      file: array.source.name,
      hint: "The first axis runs over samples.",
    });
  }
  const conversion = toChannelsFirst(stored, layout);
  const rowBytes = (elementCount(stored) * dtypeBits[array.dtype]) / 8;
  const tokens = stored.length === 1 && (array.dtype === "int64" || array.dtype === "int32");
  return {
    kind: stored.length === 3 ? "image" : tokens ? "tokens" : "values",
    samples: array.shape[0] ?? 0,
    shape: conversion.shape,
    scale,
    warnings: [],
    ...(array.source.place && { place: { ...array.source.place, offset: array.source.place.offset + array.offset } }),
    recipe: `${array.dtype} ${array.littleEndian} ${conversion.order === undefined ? "as stored" : "channels last"}`,
    bytes: (start, count) =>
      array.fortranOrder
        ? new Uint8Array(readRows(array, start, count, "float64").buffer)
        : array.source.read(array.offset + start * rowBytes, count * rowBytes),
    read: (start, count) => convert(readRows(array, start, count, "float32"), count, conversion),
    close,
  };
}

/** Three axes are an image; without a word on the layout, it has its channels last where only that makes 1, 3 or 4 of them. */
function toChannelsFirst(stored: readonly number[], layout: StoredLayout): LayoutConversion {
  const [first = 0, second = 0, third = 0] = stored;
  const isChannels = (size: number): boolean => size === 1 || size === 3 || size === 4;
  const channelsLast = layout === "NHWC" || (layout === undefined && isChannels(third) && !isChannels(first));
  if (stored.length !== 3 || !channelsLast) return { shape: stored, channelAxis: 0, order: undefined };
  // `order` gives, for each place in the result, its place in the stored image: the way back of the usual conversion.
  const order = new Int32Array(elementCount(stored));
  for (const [last, channelsFirst] of channelsLastOrder(third, first, second).entries()) order[channelsFirst] = last;
  return { shape: [third, first, second], channelAxis: 0, order };
}

/**
 * Class indices from an array of n or n × 1 whole numbers.
 * @throws Failure `probe/labels`
 */
export function readLabels(array: StoredArray, samples: number): Int32Array {
  const { shape, source } = array;
  const [count = 0] = shape;
  if (elementCount(shape) !== count || count < samples) {
    throw new Failure("probe/labels", `Labels of shape ${shapeText(shape)} do not go with ${samples} samples.`, {
      file: source.name,
    });
  }
  const values = readRows(array, 0, samples, "float64");
  const labels = Int32Array.from(values);
  const odd = labels.findIndex((label, i) => label !== values[i]);
  if (odd !== -1) {
    throw new Failure("probe/labels", `Label ${odd} is ${values[odd]}, which is no class index.`, {
      file: source.name,
    });
  }
  return labels;
}
