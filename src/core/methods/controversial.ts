/**
 * Images that one network takes for a target and another does not. The loss is r_i − λ · min(r_j, c), of residuals
 * r = ‖Rep(x) − Rep(t)‖₂ / ‖Rep(t)‖₂ of the network that is to see the target and of the one that is not, as in
 * the loss ControversialStimuli of STIR's released code (Nanda et al. 2022, λ = 0.1). Ours has a cap c = 1: at a distance of
 * its own length, a representation is as far from the target's as that of another image, and farther says no more, while
 * without a cap descent would trade what the first network sees for ever larger numbers of the second.
 */
export const controversialWeight = 0.1;
export const farEnough = 1;

/** A residual with its gradient with respect to the pixels. */
interface Pull {
  readonly residual: number;
  readonly gradient: Float32Array;
}

/** The loss of one image, and its gradient. */
export function controversialLoss(seeing: Pull, missing: Pull): Pull {
  const residual = seeing.residual - controversialWeight * Math.min(missing.residual, farEnough);
  if (!(missing.residual < farEnough)) return { residual, gradient: seeing.gradient };
  const gradient = seeing.gradient.map((slope, i) => slope - controversialWeight * missing.gradient[i]!);
  return { residual, gradient };
}
