import { elementPieces } from "../graph/elementPieces.ts";
import type { Tensor } from "../graph/tensor.ts";

/** What one look at every element of a tensor tells. */
export interface ElementScan {
  /** Numbers that were looked at: elements, or twice as many where they are complex. */
  readonly count: number;
  readonly nan: number;
  /** How many are −∞ or ∞. */
  readonly infinite: number;
  /** Of the finite ones; `null` where there is none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/**
 * Looks at every element once. Yields after each piece of at most 2²⁰ elements.
 * @throws Failure where they cannot be read.
 */
export function* elementScan(tensor: Tensor): Generator<undefined, ElementScan> {
  let count = 0;
  let nan = 0;
  let infinite = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const { numbers } of elementPieces(tensor)) {
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (!Number.isFinite(number)) {
        if (Number.isNaN(number)) nan++;
        else infinite++;
        continue;
      }
      if (number < minimum) minimum = number;
      if (number > maximum) maximum = number;
    }
    count += numbers.length;
    yield;
  }
  const isAnyFinite = minimum <= maximum;
  return { count, nan, infinite, minimum: isAnyFinite ? minimum : null, maximum: isAnyFinite ? maximum : null };
}

/** The one number that all elements are, if there are two elements at least. */
export function constantOf({ count, nan, infinite, minimum, maximum }: ElementScan): number | undefined {
  return count > 1 && nan === 0 && infinite === 0 && minimum === maximum && minimum !== null ? minimum : undefined;
}
