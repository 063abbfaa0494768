import type { CentredGram } from "./centring.ts";
import type { Gram } from "./gram.ts";

/**
 * Whether a representation has a CKA at all. CKA divides by the self-HSIC, a multiple of ‖K‖² with K the centred Gram;
 * where that is no more than entries of the size that rounding makes would give, the quotient says nothing.
 */
export interface SelfSimilarity {
  /** ‖K‖², weighted and summed over batches where there are several. `NaN` where the representation is not finite. */
  readonly norm: number;
  /** What rounding alone may make of it: (n · noise)². */
  readonly normFloor: number;
  /** Trace of HKH. */
  readonly spread: number;
  /** The trace up to which ‖HKH‖ ≥ trace/√n cannot be told from rounding. */
  readonly spreadFloor: number;
}

/** A share of ‖K‖²: if less is left when a part is taken away, that is rounding. */
const cancellation = 2 ** -40;

/** The self-similarity of one Gram whose centred form has the squared norm `norm`. */
export function selfSimilarity(gram: Gram, centred: CentredGram, norm: number, weight = 1): SelfSimilarity {
  return {
    norm: norm * weight,
    normFloor: (gram.size * gram.noise) ** 2 * weight,
    spread: centred.spread,
    spreadFloor: gram.size ** 1.5 * gram.noise,
  };
}

/** Two batches together. */
export function addSelfSimilarity(a: SelfSimilarity, b: SelfSimilarity): SelfSimilarity {
  return {
    norm: a.norm + b.norm,
    normFloor: a.normFloor + b.normFloor,
    spread: a.spread + b.spread,
    spreadFloor: a.spreadFloor + b.spreadFloor,
  };
}

/** ‖K‖², or `NaN` where the representation has no CKA. */
export function definedNorm(self: SelfSimilarity): number {
  return self.norm > self.normFloor ? self.norm : Number.NaN;
}

/** What is left of ‖K‖² without a part of the samples, given that rest; `NaN` where that is rounding. */
export function normWithout(self: SelfSimilarity, rest: number): number {
  return rest > Math.max(self.normFloor, cancellation * self.norm) ? rest : Number.NaN;
}

/** What keeps the representation from having a CKA, or `undefined`. */
export function undefinedReason(self: SelfSimilarity): string | undefined {
  if (!Number.isFinite(self.norm + self.normFloor)) return "not finite: NaN or infinity in the representation";
  if (self.norm > self.normFloor) return undefined;
  return self.spread > self.spreadFloor
    ? "self-similarity (HSIC) is zero: the representation sets at most single samples apart"
    : "constant representation: every sample gives the same";
}
