import type { Descent } from "./descent.ts";
import type { QuasiNewtonRule } from "./presets.ts";

/** Share of the promised decrease that a move must bring (Armijo). */
const sufficient = 1e-4;
/** Shortenings of one move before the remembered curvature is given up, and then the search. */
const mostShortenings = 6;
/** A move need only beat the worst of so many values before it (Grippo et al. 1986): kinks would stop a stricter rule. */
const lookBack = 5;
/** Progress is looked at over so many evaluations; an image that gains less than this share in them is left. */
const patience = 40;
const leastGain = 0.02;

interface Pair {
  readonly move: Float32Array;
  readonly change: Float32Array;
  readonly product: number;
  /** ‖change‖² */
  readonly changed: number;
}

/**
 * Limited-memory BFGS on half the squared residual, projected on [0, 1]: pixels at a bound that the gradient presses
 * against it stay. Each move is shortened until it brings enough, and bounded in length, so that the search keeps to the
 * valley that it begins in, as descent in small steps does.
 */
export class QuasiNewtonDescent implements Descent {
  point: Float32Array;
  readonly best: Float32Array;
  readonly history: number[] = [];
  residual = Number.POSITIVE_INFINITY;
  done = false;
  stuck = false;
  readonly #rule: QuasiNewtonRule;
  readonly #steps: number;
  /** Where the last accepted move led, with the gradient of half the squared residual there. */
  #at: { readonly x: Float32Array; readonly gradient: Float32Array } | undefined;
  #value = 0;
  /** Values of the last accepted moves. */
  readonly #recent: number[] = [];
  /** Change of the value along the direction, per length. */
  #slope = 0;
  #direction = new Float32Array();
  #length = 1;
  #shortenings = 0;
  #pairs: Pair[] = [];

  constructor(rule: QuasiNewtonRule, seed: Float32Array, steps: number) {
    this.#rule = rule;
    this.#steps = steps;
    this.point = seed.map(clamped);
    this.best = this.point.slice();
  }

  take(residual: number, gradient: Float32Array): void {
    const known = Number.isFinite(residual);
    if (residual < this.residual) {
      this.residual = residual;
      this.best.set(this.point);
    }
    this.history.push(this.residual);
    const { history } = this;
    const earlier = history[history.length - 1 - patience];
    const stalls = earlier !== undefined && this.residual > earlier * (1 - leastGain);
    if (this.residual <= this.#rule.tolerance || history.length > this.#steps || stalls) {
      this.done = true;
      return;
    }
    const value = known ? residual ** 2 / 2 : Number.POSITIVE_INFINITY;
    if (!this.#at || (known && value <= Math.max(...this.#recent) + sufficient * this.#promised())) {
      if (!known) this.done = this.stuck = true;
      else this.#accept(value, residual, gradient);
    } else this.#shorten(value);
  }

  /** Change of the value that the gradient promises for the move tried. */
  #promised(): number {
    const { x, gradient } = this.#at!;
    const { point } = this;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += gradient[i]! * (point[i]! - x[i]!);
    return Math.min(sum, 0);
  }

  #accept(value: number, residual: number, own: Float32Array): void {
    const gradient = new Float32Array(own.length);
    for (let i = 0; i < gradient.length; i++) gradient[i] = residual * own[i]!;
    const x = this.point;
    if (this.#at) this.#remember(x, gradient);
    this.#at = { x, gradient };
    this.#recent.push(value);
    if (this.#recent.length > lookBack) this.#recent.shift();
    this.#turn(value);
  }

  #remember(x: Float32Array, gradient: Float32Array): void {
    const from = this.#at!;
    const { length } = x;
    const oldest = this.#pairs.length === this.#rule.memory ? this.#pairs.shift() : undefined;
    const move = oldest?.move ?? new Float32Array(length);
    const change = oldest?.change ?? new Float32Array(length);
    let [product, moved, changed] = [0, 0, 0];
    for (let i = 0; i < length; i++) {
      const m = x[i]! - from.x[i]!;
      const c = gradient[i]! - from.gradient[i]!;
      move[i] = m;
      change[i] = c;
      product += m * c;
      moved += m * m;
      changed += c * c;
    }
    // Across a kink the curvature may be anything.
    if (product > 1e-8 * Math.sqrt(moved * changed)) this.#pairs.push({ move, change, product, changed });
  }

  /** Chooses the next direction and tries it at full length. */
  #turn(value: number): void {
    const { x, gradient } = this.#at!;
    const { length } = x;
    const steepest = new Float32Array(length);
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const slope = gradient[i]!;
      if ((x[i]! <= 0 && slope > 0) || (x[i]! >= 1 && slope < 0)) continue;
      steepest[i] = slope;
      squares += slope * slope;
    }
    if (!(squares > 0)) {
      this.done = this.stuck = true;
      return;
    }
    let direction = this.#pairs.length > 0 ? newtonDirection(steepest, this.#pairs) : undefined;
    let [slope, size] = [0, 0];
    if (direction) {
      for (let i = 0; i < length; i++) {
        // Pixels at a bound that the gradient presses against it stay.
        const d = steepest[i] === 0 ? 0 : -direction[i]!;
        direction[i] = d;
        slope += d * gradient[i]!;
        size += d * d;
      }
    }
    if (!direction || !(slope < 0)) {
      this.#pairs = [];
      const scale = this.#rule.firstMove / Math.sqrt(squares);
      direction = steepest;
      for (let i = 0; i < length; i++) direction[i]! *= -scale;
      size = this.#rule.firstMove ** 2;
      slope = -scale * squares;
    }
    this.#direction = direction;
    this.#slope = slope;
    this.#value = value;
    this.#length = Math.min(1, this.#rule.longestMove / Math.sqrt(size));
    this.#shortenings = 0;
    this.#try();
  }

  /** A parabola through value, slope and the value found says how much shorter; at least to a tenth, at most to half. */
  #shorten(value: number): void {
    if (++this.#shortenings > mostShortenings) {
      this.done = this.#pairs.length === 0;
      if (this.done) return;
      this.#pairs = [];
      this.#turn(this.#value);
      return;
    }
    const slope = this.#slope * this.#length;
    const parabola = -slope / (2 * (value - this.#value - slope));
    this.#length *= Math.min(0.5, Math.max(0.1, Number.isFinite(parabola) ? parabola : 0.1));
    this.#try();
  }

  #try(): void {
    const { x } = this.#at!;
    const [direction, length] = [this.#direction, this.#length];
    const point = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) point[i] = clamped(x[i]! + length * direction[i]!);
    this.point = point;
  }
}

/** H · gradient by the two loops of Nocedal (1980). */
function newtonDirection(gradient: Float32Array, pairs: readonly Pair[]): Float32Array<ArrayBuffer> {
  const q = gradient.slice() as Float32Array<ArrayBuffer>;
  const shares = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { move, change, product } = pairs[k]!;
    shares[k] = dot(move, q) / product;
    addScaled(q, change, -shares[k]!);
  }
  const last = pairs.at(-1)!;
  const scale = last.product / last.changed;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  for (const [k, { move, change, product }] of pairs.entries()) {
    addScaled(q, move, shares[k]! - dot(change, q) / product);
  }
  return q;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float32Array, what: Float32Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * what[i]!;
}

function clamped(pixel: number): number {
  return pixel < 0 ? 0 : pixel > 1 ? 1 : pixel;
}
