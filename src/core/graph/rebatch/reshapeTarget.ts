import type { Shape } from "../shapes/value.ts";

/** A `Reshape` at the batch size of the file. */
export interface FixedReshape {
  readonly to: Shape;
  /** The target as it stands, with its 0 and -1. */
  readonly target: readonly number[];
  /** The input's axis that holds the samples, perhaps among other things. */
  readonly sampleAxis: number;
  /** How many elements there are outside the samples: the product of the sizes before them. */
  readonly outside: number;
  /** The file's own batch size. */
  readonly batch: number;
  /** Whether 0 in a target means an empty axis. */
  readonly allowZero: boolean;
}

/**
 * The targets that do the same at every batch size. A reshape keeps the order of the elements, so that as many lie outside
 * the samples after it as before: that leaves, at a batch size of 1, the choice of the axis that the samples are counted
 * with. The likeliest comes first: an axis that held nothing but the batch, then one that begins with it.
 */
export function freeTargets(reshape: FixedReshape): readonly (readonly number[])[] {
  const { to, target, sampleAxis, outside, batch, allowZero } = reshape;
  const candidates: { axis: number; rank: number }[] = [];
  let ahead = 1;
  for (const [axis, size] of to.entries()) {
    const inside = outside / ahead;
    if (Number.isInteger(inside) && size % (inside * batch) === 0) {
      candidates.push({ axis, rank: size === batch ? 0 : inside === 1 ? 1 : 2 });
    }
    ahead *= size;
  }
  const isCopy = (i: number) => target[i] === 0 && !allowZero;
  return candidates
    .sort((a, b) => a.rank - b.rank)
    .map(({ axis }) => {
      const isFree = target[axis] === -1 || (isCopy(axis) && axis === sampleAxis);
      return target.map((size, i) => {
        if (i === axis) return isFree ? size : -1;
        // What follows the batch elsewhere in the target must not.
        return (size === -1 && !isFree) || (isCopy(i) && i === sampleAxis) ? to[i]! : size;
      });
    });
}
