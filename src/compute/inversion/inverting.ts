import { type Descent, descend } from "../../core/methods/inversion/descent.ts";
import type { StepRule } from "../../core/methods/inversion/presets.ts";
import { nextTurn } from "../jobs/exhaust.ts";
import { type Frame, type Framed, frameOf } from "./frames.ts";
import type { StepRunner } from "./stepRunner.ts";

/** The images to be found, by position. */
export interface Tasks {
  readonly count: number;
  /** Where one begins: asked for when its turn has come. */
  seed(position: number): Float32Array;
  /** The representation that it is to reach. */
  target(position: number): Float32Array;
}

/** What became of one image. */
export interface Inversion {
  readonly pixels: Float32Array;
  readonly residual: number;
  /** Best residual after each evaluation, the seed's first. */
  readonly history: ArrayLike<number>;
  readonly stuck: boolean;
  /** The best image so far after some of the evaluations; empty where nobody asked for it. */
  readonly frames: readonly Frame[];
}

/**
 * Inversions of one model on their way. An image that is done leaves its place in the runs to the next one. Interrupted
 * between two runs, it goes on from there when {@link go} is called again.
 */
export class Inverting {
  readonly #rule: StepRule;
  readonly #steps: number;
  readonly #finished: (Inversion | undefined)[];
  readonly #active = new Map<number, Descent>();
  readonly #framed: Framed | undefined;
  readonly #frames = new Map<number, Frame[]>();
  #next = 0;

  constructor(count: number, rule: StepRule, steps: number, framed?: Framed) {
    this.#rule = rule;
    this.#steps = steps;
    this.#framed = framed;
    this.#finished = Array.from({ length: count }, () => undefined);
  }

  /** All inversions; `undefined` while some are missing. */
  get result(): readonly Inversion[] | undefined {
    const found = this.#finished.flatMap((inversion) => inversion ?? []);
    return found.length === this.#finished.length ? found : undefined;
  }

  /** Evaluations that were made, and that will be at most. */
  get progress(): { readonly done: number; readonly total: number } {
    const each = this.#steps + 1;
    const under = [...this.#active.values()].reduce((sum, { history }) => sum + history.length, 0);
    const finished = this.#finished.filter((inversion) => inversion !== undefined).length;
    return { done: finished * each + under, total: this.#finished.length * each };
  }

  /** Histories of the images begun. */
  get histories(): readonly ArrayLike<number>[] {
    return [
      ...this.#finished.flatMap((inversion) => (inversion ? [inversion.history] : [])),
      ...[...this.#active.values()].map(({ history }) => history),
    ];
  }

  /**
   * Runs to the end.
   * @param tasks the same at every call.
   * @param observe is called after every run.
   * @throws the signal's reason, between two runs.
   */
  async go(runner: StepRunner, tasks: Tasks, signal: AbortSignal, observe: () => void): Promise<void> {
    for (;;) {
      this.#fill(runner.batch, tasks);
      if (this.#active.size === 0) return;
      const places = [...this.#active];
      const wanted = places.map(([index, { point }]) => ({ point, target: tasks.target(index) }));
      const evaluated = await runner.run(wanted);
      for (const [k, [index, descent]] of places.entries()) {
        const { residual, gradient, difference } = evaluated[k]!;
        descent.take(residual, gradient, difference);
        this.#frame(index, descent);
        if (descent.done) this.#finish(index, descent);
      }
      observe();
      await nextTurn();
      signal.throwIfAborted();
    }
  }

  #fill(places: number, tasks: Tasks): void {
    while (this.#active.size < places && this.#next < tasks.count) {
      const index = this.#next++;
      this.#active.set(index, descend(this.#rule, tasks.seed(index), this.#steps));
    }
  }

  #frame(index: number, { best, history }: Descent): void {
    const step = history.length - 1;
    if (!this.#framed?.steps.has(step) || index >= this.#framed.images) return;
    const frames = this.#frames.get(index) ?? [];
    this.#frames.set(index, frames);
    frames.push(frameOf(step, best));
  }

  #finish(index: number, { best, residual, history, stuck }: Descent): void {
    this.#active.delete(index);
    const frames = this.#frames.get(index) ?? [];
    this.#frames.delete(index);
    this.#finished[index] = { pixels: best, residual, history: Float32Array.from(history), stuck, frames };
  }
}
