import type { Descent } from "./descent.ts";
import type { QuasiNewtonRule } from "./presets.ts";

/** Share of the promised decrease that a move must bring (Armijo). */
const sufficient = 1e-4;
/** Shortenings of one move before the remembered curvature is given up, and then the search. */
const mostShortenings = 6;
/** Progress is looked at over so many evaluations; an image that gains less than this share in them is left. */
const patience = 40;
const leastGain = 0.02;

interface Pair {
  readonly move: Float32Array;
  readonly change: Float32Array;
  readonly product: number;
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
  /** Where the last accepted move led, with half its squared residual and the gradient of that. */
  #at: { readonly x: Float32Array; readonly value: number; readonly gradient: Float32Array } | undefined;
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
    if (!this.#at || (known && value <= this.#at.value + sufficient * this.#promised())) {
      if (!known) this.done = this.stuck = true;
      else this.#accept(value, residual, gradient);
    } else this.#shorten(value);
  }

  /** Change of the value that the gradient promises for the move tried. */
  #promised(): number {
    const { x, gradient } = this.#at!;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += gradient[i]! * (this.point[i]! - x[i]!);
    return Math.min(sum, 0);
  }

  #accept(value: number, residual: number, own: Float32Array): void {
    const gradient = own.map((slope) => residual * slope);
    const x = this.point;
    if (this.#at) this.#remember(x, gradient);
    this.#at = { x, value, gradient };
    this.#turn();
  }

  #remember(x: Float32Array, gradient: Float32Array): void {
    const from = this.#at!;
    const move = x.map((pixel, i) => pixel - from.x[i]!);
    const change = gradient.map((slope, i) => slope - from.gradient[i]!);
    const product = dot(move, change);
    // Across a kink the curvature may be anything.
    if (!(product > 1e-8 * Math.sqrt(dot(move, move) * dot(change, change)))) return;
    this.#pairs.push({ move, change, product });
    if (this.#pairs.length > this.#rule.memory) this.#pairs.shift();
  }

  /** Chooses the next direction and tries it at full length. */
  #turn(): void {
    const { x, gradient } = this.#at!;
    const free = gradient.map((slope, i) => ((x[i]! <= 0 && slope > 0) || (x[i]! >= 1 && slope < 0) ? 0 : 1));
    const steepest = gradient.map((slope, i) => slope * free[i]!);
    const norm = Math.sqrt(dot(steepest, steepest));
    if (!(norm > 0)) {
      this.done = this.stuck = true;
      return;
    }
    let direction = this.#pairs.length > 0 ? newtonDirection(steepest, this.#pairs) : undefined;
    if (direction) {
      for (let i = 0; i < direction.length; i++) direction[i]! *= -free[i]!;
      if (!(dot(direction, gradient) < 0)) direction = undefined;
    }
    if (!direction) {
      this.#pairs = [];
      const scale = -this.#rule.firstMove / norm;
      direction = steepest.map((slope) => slope * scale);
    }
    const size = Math.sqrt(dot(direction, direction));
    this.#direction = direction;
    this.#length = Math.min(1, this.#rule.longestMove / size);
    this.#shortenings = 0;
    this.#try();
  }

  /** A parabola through value, slope and the value found says how much shorter; at least to a tenth, at most to half. */
  #shorten(value: number): void {
    if (++this.#shortenings > mostShortenings) {
      if (this.#pairs.length === 0) {
        this.done = true;
        return;
      }
      this.#pairs = [];
      this.#turn();
      return;
    }
    const at = this.#at!;
    const slope = dot(this.#direction, at.gradient) * this.#length;
    const parabola = -slope / (2 * (value - at.value - slope));
    this.#length *= Math.min(0.5, Math.max(0.1, Number.isFinite(parabola) ? parabola : 0.1));
    this.#try();
  }

  #try(): void {
    const { x } = this.#at!;
    const [direction, length] = [this.#direction, this.#length];
    this.point = x.map((pixel, i) => clamped(pixel + length * direction[i]!));
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
  const scale = last.product / dot(last.change, last.change);
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
