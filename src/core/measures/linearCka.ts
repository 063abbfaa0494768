import { fullCka } from "./fullCka.ts";
import type { Measure, Setting } from "./measure.ts";
import { MinibatchCka } from "./minibatchCka.ts";

/**
 * Centred kernel alignment with the linear kernel (Kornblith et al., ICML 2019): K = X Xᵀ over flattened features.
 * Invariant to rotation, isotropic scaling and translation of the features.
 */

/** HSIC₁, the unbiased estimator of Song et al. (JMLR 2012): 0 is expected of unrelated features of any width. */
export const unbiasedLinearCka: Measure = {
  id: "cka.linear.unbiased",
  kind: "similarity",
  range: "at most 1; negative values are kept",
  convention: (setting) =>
    convention("unbiased HSIC₁ (Song et al. 2012, eq. 5), not clamped, undefined where HSIC₁(K, K) is 0", setting),
  full: (rows, columns) => fullCka("unbiased", rows, columns),
  minibatch: () => new MinibatchCka("unbiased"),
};

/** HSIC₀, biased: unrelated features of width d read about d/(n + d), near 1 where d ≫ n. */
export const biasedLinearCka: Measure = {
  id: "cka.linear.biased",
  kind: "similarity",
  range: "[0, 1]",
  convention: (setting) =>
    convention("biased HSIC₀ = tr(KHLH)/(n − 1)², about d/(n + d) for unrelated features of width d", setting),
  full: (rows, columns) => fullCka("double", rows, columns),
  minibatch: () => new MinibatchCka("double"),
};

function convention(estimate: string, { samples, estimator, batch }: Setting): string {
  const definition = `linear CKA: HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)), K = XXᵀ, features flattened and centred; ${estimate}`;
  return estimator === "full"
    ? `${definition}; one Gram over n = ${samples}; 95 % interval: jackknife over samples`
    : `${definition}; ratio of sums over batches of ${batch}, equal weights; n = ${samples}; 95 % interval: jackknife over batches, from 8 on`;
}
