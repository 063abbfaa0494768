import type { Gram } from "../../measures/gram.ts";

/** What all models make of the targets and of each other's inversions. */
export interface InvertedGrams {
  /** By model: of the targets T. */
  readonly targets: readonly Gram[];
  /** By inverting model i, then by model j: of j on I_i, the images that i takes for T. */
  readonly inverted: readonly (readonly Gram[])[];
}

/** The Gram of one model on the targets. */
export function targetGram({ targets }: InvertedGrams, model: number): Gram {
  return targets[model]!;
}

/** The Gram of one model on what another inverted. */
export function invertedGram({ inverted }: InvertedGrams, inverting: number, model: number): Gram {
  return inverted[inverting]![model]!;
}
