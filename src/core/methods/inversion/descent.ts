import { GaussNewtonDescent } from "./gaussNewtonDescent.ts";
import { MomentumDescent } from "./momentumDescent.ts";
import type { StepRule } from "./presets.ts";

/**
 * The search for one image. Whoever runs the network asks for the residual and its gradient at {@link point}, hands them
 * over, and goes on until {@link done}. Images know nothing of each other, so that they can be run in any company.
 */
export interface Descent {
  /** Where residual and gradient are wanted next: pixels in [0, 1]. Not to be changed. */
  readonly point: Float32Array;
  readonly done: boolean;
  /** The best image so far, and its residual: infinite before the first evaluation. */
  readonly best: Float32Array;
  readonly residual: number;
  /** Best residual after each evaluation. */
  readonly history: readonly number[];
  /** The gradient vanished, so that nothing leads on: a dead layer. */
  readonly stuck: boolean;
  /**
   * @param gradient of the residual with respect to the pixels at `point`.
   * @param difference of the representations, of `point` less of the target. Neither is kept.
   */
  take(residual: number, gradient: Float32Array, difference: Float32Array): void;
}

/**
 * Begins a descent.
 * @param seed pixels, which may lie outside of [0, 1].
 * @param steps the most that are taken; each costs one evaluation, and so does the seed.
 */
export function descend(rule: StepRule, seed: Float32Array, steps: number): Descent {
  return rule.kind === "momentum" ? new MomentumDescent(rule, seed, steps) : new GaussNewtonDescent(rule, seed, steps);
}
