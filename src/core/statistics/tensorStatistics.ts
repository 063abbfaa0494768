import { elementPieces } from "../graph/elementPieces.ts";
import { elementCount, type Tensor } from "../graph/tensor.ts";

/** What the elements of one tensor are like, in float64. */
export interface ElementStatistics {
  /** Numbers that were looked at: elements, or twice as many where they are complex. */
  readonly count: number;
  /** How many are NaN or infinite; the other fields leave them out. */
  readonly nonFinite: number;
  /** `null` where no element is finite. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  /** Of the population: the square root of the mean squared deviation. */
  readonly standardDeviation: number | null;
  /** Counts of finite elements in 32 equal bins from minimum to maximum; all in one bin where these are equal. */
  readonly histogram: readonly number[];
  /** Why the elements cannot be read, where the file stores them in a way that is not decoded; nothing else is known then. */
  readonly unread?: string;
}

const bins = 32;

/**
 * Statistics of a tensor, which is read in pieces wherever it stands in a file as it is. Two passes: the mean first, then
 * the deviations from it with the correction for its rounding (Chan, Golub and LeVeque 1983, eq. 1.7), so that a small
 * deviation about a large mean is not lost.
 *
 * Yields after each piece of at most 2²⁰ elements and reads nothing before it is resumed.
 */
export function* elementStatistics(tensor: Tensor): Generator<undefined, ElementStatistics> {
  if (tensor.dtype === "string") return { ...nothingFinite, count: elementCount(tensor.shape) };
  let count = 0;
  let finite = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  let mean = 0;
  for (const { numbers } of elementPieces(tensor)) {
    let sum = 0;
    let inPiece = 0;
    // By index: iterating two kinds of arrays takes ten times as long.
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] ?? 0;
      if (!Number.isFinite(number)) continue;
      inPiece++;
      sum += number;
      if (number < minimum) minimum = number;
      if (number > maximum) maximum = number;
    }
    count += numbers.length;
    finite += inPiece;
    // A running mean: the sum over all of a large tensor would lose the digits of its last elements.
    if (inPiece > 0) mean += (sum / inPiece - mean) * (inPiece / finite);
    yield;
  }
  if (finite === 0) return { ...nothingFinite, count, nonFinite: count };

  const histogram = new Float64Array(bins);
  // Half of everything: the whole range of float64 is wider than its largest number.
  const width = (maximum / 2 - minimum / 2) / bins;
  let deviation = 0;
  let squares = 0;
  for (const { numbers } of elementPieces(tensor)) {
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] ?? 0;
      if (!Number.isFinite(number)) continue;
      const difference = number - mean;
      deviation += difference;
      squares += difference * difference;
      const bin = width > 0 ? Math.min(bins - 1, Math.floor((number / 2 - minimum / 2) / width)) : 0;
      histogram[bin] = (histogram[bin] ?? 0) + 1;
    }
    yield;
  }
  const variance = (squares - (deviation * deviation) / finite) / finite;
  return {
    count,
    nonFinite: count - finite,
    minimum,
    maximum,
    mean,
    standardDeviation: Math.sqrt(Math.max(0, variance)),
    histogram: Array.from(histogram),
  };
}

const nothingFinite = {
  nonFinite: 0,
  minimum: null,
  maximum: null,
  mean: null,
  standardDeviation: null,
  histogram: [],
};

/** What is said of a tensor whose elements cannot be read. */
export function unreadStatistics(tensor: Tensor, reason: string): ElementStatistics {
  return { ...nothingFinite, count: elementCount(tensor.shape), unread: reason };
}
