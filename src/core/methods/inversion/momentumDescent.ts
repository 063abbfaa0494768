import type { Descent } from "./descent.ts";
import type { MomentumRule } from "./presets.ts";

/** What keeps the direction of a vanishing gradient finite. */
const epsilon = 1e-10;

/**
 * Steps along the unit gradient, with momentum: v ← m·v + (1 − m)·g / (‖g‖ + ε), x ← clamp(x − step · v). The best of
 * `steps + 1` evaluations is kept.
 */
export class MomentumDescent implements Descent {
  readonly point: Float32Array;
  readonly best: Float32Array;
  readonly history: number[] = [];
  residual = Number.POSITIVE_INFINITY;
  done = false;
  stuck = false;
  readonly #rule: MomentumRule;
  readonly #steps: number;
  readonly #velocity: Float32Array;
  /** The seed where it lies outside of [0, 1]: the network sees it clamped, and no gradient passes the clamp. */
  #outside: Float32Array | undefined;

  constructor(rule: MomentumRule, seed: Float32Array, steps: number) {
    this.#rule = rule;
    this.#steps = steps;
    this.point = seed.map(clamped);
    this.best = this.point.slice();
    this.#velocity = new Float32Array(seed.length);
    if (seed.some((pixel) => pixel < 0 || pixel > 1)) this.#outside = seed.slice();
  }

  take(residual: number, gradient: Float32Array): void {
    if (residual < this.residual) {
      this.residual = residual;
      this.best.set(this.point);
    }
    this.history.push(this.residual);
    if (this.history.length > this.#steps) this.done = true;
    else this.#move(gradient);
  }

  #move(gradient: Float32Array): void {
    const [x, v, from] = [this.point, this.#velocity, this.#outside];
    let squares = 0;
    for (let i = 0; i < x.length; i++) {
      if (from && from[i] !== x[i]) continue;
      squares += gradient[i]! * gradient[i]!;
    }
    const norm = Math.sqrt(squares);
    if (!(norm > 0) || !Number.isFinite(norm)) {
      // Also what is not finite leads nowhere.
      this.stuck = true;
      if (this.#rule.momentum === 0 || !Number.isFinite(norm)) this.done = true;
    }
    const { step, momentum } = this.#rule;
    const share = Number.isFinite(norm) ? (1 - momentum) / (norm + epsilon) : 0;
    for (let i = 0; i < x.length; i++) {
      const isClamped = from !== undefined && from[i] !== x[i];
      v[i] = momentum * v[i]! + (isClamped ? 0 : share * gradient[i]!);
      x[i] = clamped((from ?? x)[i]! - step * v[i]!);
    }
    this.#outside = undefined;
  }
}

function clamped(pixel: number): number {
  return pixel < 0 ? 0 : pixel > 1 ? 1 : pixel;
}
