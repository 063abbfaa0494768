import type { Rounding } from "./rounding.ts";

type Numbers = Float32Array | Float64Array;

/** What is added up over some pairs of elements, in float64. */
export interface PairSums {
  /** Pairs that are not the same number. NaN and NaN are. */
  readonly differing: number;
  /** Of the squares of a − b, of a and of b, and of a · b, over the pairs of which both are finite. */
  readonly differences: number;
  readonly squaresA: number;
  readonly squaresB: number;
  readonly products: number;
  readonly largest: number;
}

/** Over the pairs from `start` to before `end`: few enough at a time to be compiled as a whole. */
export function pairSums(a: Numbers, b: Numbers, start: number, end: number): PairSums {
  let differing = 0;
  let differences = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  let largest = 0;
  for (let i = start; i < end; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const difference = x - y;
    differences += difference * difference;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
    if (difference !== 0) differing++;
    if (difference > largest) largest = difference;
    else if (-difference > largest) largest = -difference;
  }
  // One sum that is no number tells of an element that is none: rare enough to begin again with care.
  const areNumbers = Number.isFinite(differences + squaresA + squaresB + products);
  return areNumbers ? { differing, differences, squaresA, squaresB, products, largest } : carefulSums(a, b, start, end);
}

function carefulSums(a: Numbers, b: Numbers, start: number, end: number): PairSums {
  const sums = { differing: 0, differences: 0, squaresA: 0, squaresB: 0, products: 0, largest: 0 };
  for (let i = start; i < end; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) sums.differing++;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const difference = Math.abs(x - y);
    sums.differences += difference * difference;
    sums.squaresA += x * x;
    sums.squaresB += y * y;
    sums.products += x * y;
    sums.largest = Math.max(sums.largest, difference);
  }
  return sums;
}

/** Whether storing in a narrower type explains every difference. */
export function isRounded(a: Numbers, b: Numbers, { relative, absolute }: Rounding): boolean {
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const size = Math.abs(x - y);
    if (!(size <= relative * Math.max(Math.abs(x), Math.abs(y)) + absolute) || size === Infinity) return false;
  }
  return true;
}
