import type { InversionMatrices } from "../report/report.ts";
import { ckaMatrices } from "./inversion/ckaMatrices.ts";
import { type InvertedGrams, invertedGram, targetGram } from "./inversion/invertedGrams.ts";

/**
 * Shared invariances (Nanda et al., "Measuring representational robustness of neural networks through shared
 * invariances", ICML 2022): cell i, j is STIR(j | i) = CKA(g_j(T), g_j(I_i)): whether what leaves network i unmoved
 * leaves j unmoved, too.
 */
export function stirMatrix(grams: InvertedGrams): InversionMatrices {
  const { length } = grams.targets;
  return ckaMatrices(length, (i, j) => [targetGram(grams, j), invertedGram(grams, i, j)]);
}

/**
 * STIR(i | i) = CKA(g_i(T), g_i(I_i)), in every column of row i: near 1 where the inversion has converged, so that it tells
 * how far the rest of the row can be trusted.
 */
export function selfStirMatrix(grams: InvertedGrams): InversionMatrices {
  const { length } = grams.targets;
  return ckaMatrices(length, (i) => [targetGram(grams, i), invertedGram(grams, i, i)]);
}
