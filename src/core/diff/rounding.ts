import { type DType, dtypeBits } from "../graph/tensor.ts";

/** How far a number moves at most when it is stored in a type. */
export interface Rounding {
  /** As a share of the number: half a unit in the last place. */
  readonly relative: number;
  /** For numbers near zero, where the type has no more digits. */
  readonly absolute: number;
}

const roundings: Partial<Record<DType, Rounding>> = {
  float32: { relative: 2 ** -24, absolute: 2 ** -150 },
  float16: { relative: 2 ** -11, absolute: 2 ** -25 },
  // Often cut off instead of rounded: a whole unit.
  bfloat16: { relative: 2 ** -7, absolute: 2 ** -133 },
  float8e4m3fn: { relative: 2 ** -4, absolute: 2 ** -10 },
  float8e5m2: { relative: 2 ** -3, absolute: 2 ** -17 },
};

/** What one tensor may differ by from its copy in a narrower type; `undefined` where neither is narrower. */
export function roundingBetween(a: DType, b: DType): Rounding | undefined {
  const isFloat = a.includes("float") && b.includes("float");
  if (!isFloat || a === b) return undefined;
  // Of two types with as many bits, either may have been rounded to the other: the coarser counts.
  const [one, other] = [roundings[a], roundings[b]];
  if (dtypeBits[a] !== dtypeBits[b]) return dtypeBits[a] < dtypeBits[b] ? one : other;
  return one && other && (one.relative > other.relative ? one : other);
}
