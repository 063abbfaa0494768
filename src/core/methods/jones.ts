import type { InversionMatrices } from "../report/report.ts";
import { ckaMatrices } from "./inversion/ckaMatrices.ts";
import { type InvertedGrams, invertedGram, targetGram } from "./inversion/invertedGrams.ts";

/**
 * Similarity on inverted data (Jones et al., "If you've trained one you've trained them all", UAI 2022): cell i, j is
 * CKA(g_i(I_i), g_j(I_i)), where I_i shares with the targets only what network i uses of them. Not symmetric, and not
 * STIR: that compares one network with itself.
 */
export function jonesMatrix(grams: InvertedGrams): InversionMatrices {
  const { length } = grams.targets;
  return ckaMatrices(length, (i, j) => [invertedGram(grams, i, i), invertedGram(grams, i, j)]);
}

/** Plain similarity of the models on the targets, CKA(g_i(T), g_j(T)): what the inverted numbers are held against. */
export function naturalMatrix(grams: InvertedGrams): InversionMatrices {
  const { length } = grams.targets;
  return ckaMatrices(length, (i, j) => [targetGram(grams, i), targetGram(grams, j)]);
}
