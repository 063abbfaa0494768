import type { Descent } from "./descent.ts";
import { dot, LinearModel } from "./linearModel.ts";
import { MomentumDescent } from "./momentumDescent.ts";
import type { GaussNewtonRule } from "./presets.ts";

/** Damping at first, and its bounds, as shares of the mean square of the gradients. */
const firstDamping = 0.1;
const [leastDamping, mostDamping] = [0.05, 3];
/** Damping is divided by the first where a move leads down, and multiplied with the second where it is taken back. */
const [trusting, doubting] = [1.5, 2];
/** By how much the damping of a row of the model grows with each evaluation after it. */
const aging = 0.05;
/** Share of the way back to where the first steps ended that each move takes: what the model is silent about would drift. */
const homing = 0.001;
/** A move need only beat the worst of so many residuals before it (Grippo et al. 1986): kinks would stop a stricter rule. */
const lookBack = 8;
/** Progress is looked at over so many evaluations; an image that gains less than this share in them is left. */
const patience = 50;
const leastGain = 0.02;

/**
 * Longest move of an image that is still far from its target, in units of its residual. Networks trained against
 * perturbations need many times the way of others, and would otherwise not get there.
 */
const reach = 1;

/**
 * First the published steps along unit gradients, which decide into which valley the search goes. Then damped Gauss–Newton
 * moves: the representation is linear in the pixels as the gradients of the last evaluations say
 * ({@link LinearModel}), and the shortest move that takes the difference from the target away is tried, cut to a length
 * that keeps the search local, and taken back where the residual rises.
 */
export class GaussNewtonDescent implements Descent {
  readonly best: Float32Array;
  readonly history: number[] = [];
  residual = Number.POSITIVE_INFINITY;
  done = false;
  stuck = false;
  readonly #rule: GaussNewtonRule;
  readonly #steps: number;
  readonly #start: MomentumDescent;
  readonly #model: LinearModel;
  #point: Float32Array;
  /** Where the first steps ended. */
  #home: Float32Array | undefined;
  /** Where the last accepted move led, and how far the representation was from the target there, in lengths of the target. */
  #at: Float32Array | undefined;
  #difference = new Float32Array();
  /** Residuals where the last accepted moves led. */
  readonly #recent: number[] = [];
  #damping = firstDamping;
  /** Longest that the next move may be. */
  #longest: number;

  constructor(rule: GaussNewtonRule, seed: Float32Array, steps: number) {
    this.#rule = rule;
    this.#steps = steps;
    this.#longest = rule.longestMove;
    this.#start = new MomentumDescent(rule.start.rule, seed, rule.start.steps);
    this.#model = new LinearModel(seed.length, rule.memory, aging);
    this.#point = this.#start.point;
    this.best = this.#point.slice();
  }

  get point(): Float32Array {
    return this.#point;
  }

  take(residual: number, gradient: Float32Array, difference: Float32Array): void {
    if (residual < this.residual) {
      this.residual = residual;
      this.best.set(this.#point);
    }
    this.history.push(this.residual);
    if (this.residual <= this.#rule.tolerance || this.history.length > this.#steps || this.#stalls()) {
      this.done = true;
      return;
    }
    const left = this.#rule.start.steps - this.history.length;
    if (left < this.#rule.memory) this.#learn(gradient, difference);
    if (left >= 0) this.#stepAlong(residual, gradient);
    else this.#judge(residual, gradient, difference);
  }

  #stalls(): boolean {
    const { history } = this;
    const since = history.length - 1 - patience;
    return since >= this.#rule.start.steps && this.residual > history[since]! * (1 - leastGain);
  }

  #learn(own: Float32Array, difference: Float32Array): void {
    const length = Math.sqrt(dot(difference, difference));
    if (!Number.isFinite(length) || !Number.isFinite(dot(own, own)) || !(length > 0)) return;
    const gradient = own.slice();
    const x = this.#point;
    for (let i = 0; i < x.length; i++) {
      // Pixels at a bound that the gradient presses against it stay.
      if ((x[i]! <= 0 && gradient[i]! > 0) || (x[i]! >= 1 && gradient[i]! < 0)) gradient[i] = 0;
    }
    this.#model.add(
      difference.map((value) => value / length),
      gradient,
    );
  }

  #stepAlong(residual: number, gradient: Float32Array): void {
    this.#start.take(residual, gradient);
    this.stuck = this.#start.stuck;
    this.done = this.stuck;
    if (this.history.length === this.#rule.start.steps) this.#point = this.#start.point.slice();
  }

  /** Goes on from the point, or back to the one before with shorter moves. */
  #judge(residual: number, gradient: Float32Array, difference: Float32Array): void {
    this.#home ??= this.#point;
    if (this.#at === undefined || residual <= Math.max(...this.#recent)) {
      if (!(dot(gradient, gradient) > 0)) {
        this.done = this.stuck = true;
        return;
      }
      const last = this.#recent.at(-1) ?? residual;
      if (residual < last) this.#damping /= trusting;
      else if (residual > last) this.#damping *= Math.sqrt(doubting);
      this.#recent.push(residual);
      if (this.#recent.length > lookBack) this.#recent.shift();
      this.#at = this.#point;
      this.#longest = Math.max(this.#rule.longestMove, reach * residual);
      const scale = residual / Math.sqrt(dot(difference, difference));
      this.#difference = difference.map((value) => value * scale);
    } else {
      this.#damping *= doubting;
      this.#longest /= doubting;
    }
    this.#damping = Math.min(mostDamping, Math.max(leastDamping, this.#damping));
    this.#try(this.#at, this.#home);
  }

  #try(from: Float32Array, home: Float32Array): void {
    const move = this.#model.move(this.#difference, this.#damping);
    const share = Math.min(1, this.#longest / Math.sqrt(dot(move, move)));
    const point = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const pixel = from[i]! + share * (move[i]! + homing * (home[i]! - from[i]!));
      point[i] = pixel < 0 ? 0 : pixel > 1 ? 1 : pixel;
    }
    this.#point = point;
  }
}
