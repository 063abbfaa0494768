import type { Centring } from "./centring.ts";

/**
 * The Hilbert–Schmidt independence criterion of two centred Grams K, L of n samples, in terms of T = ⟨K, L⟩:
 * - `unbiased`, HSIC₁ = T / (n(n − 3)) on U-centred Grams (Song et al. 2012, eq. 5; Nguyen et al. 2021, eq. 3);
 * - `double`, HSIC₀ = T / (n − 1)² (Gretton et al. 2005).
 */
export function hsicWeight(centring: Centring, samples: number): number {
  return centring === "unbiased" ? 1 / (samples * (samples - 3)) : 1 / (samples - 1) ** 2;
}

/** The fewest samples for which the estimator is defined. */
export function fewestSamples(centring: Centring): number {
  return centring === "unbiased" ? 4 : 2;
}

/**
 * T of the n − 1 samples without s, centred anew, is T − byRow · a_s + byDiagonal · d_s with a_s = Σ_t K_st L_st and
 * d_s = K_ss L_ss. Exact: recentring moves entries by c_t + c_u only, and the rows' sums without s are −K_ts. For
 * U-centred Grams d_s = 0. A factor that depends on n alone cancels in CKA and is left out.
 */
export function deleteOne(centring: Centring, samples: number): { byRow: number; byDiagonal: number } {
  if (centring === "unbiased") return { byRow: (2 * (samples - 2)) / (samples - 3), byDiagonal: 0 };
  const ratio = samples / (samples - 1);
  return { byRow: 2 * ratio, byDiagonal: ratio ** 2 };
}
