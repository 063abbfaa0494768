import type { ObservedPoint } from "./withBatchNormInputs.ts";

/** Mean and variance per channel. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** What was observed at a point over several runs of a network. */
export class RunningStatistics {
  #samples = 0;
  #mean = new Float64Array();
  /** Sums of squares about the mean, per element of a sample. */
  #squares = new Float64Array();

  /** Takes in a run over `samples` samples, which all have as many elements per channel. */
  add({ mean, variance }: ChannelStatistics, samples: number): void {
    if (this.#samples === 0) {
      this.#mean = new Float64Array(mean.length);
      this.#squares = new Float64Array(mean.length);
    }
    const all = this.#samples + samples;
    for (let i = 0; i < this.#mean.length; i++) {
      const apart = mean[i]! - this.#mean[i]!;
      this.#squares[i]! += variance[i]! * samples + (apart * apart * this.#samples * samples) / all;
      this.#mean[i]! += (apart * samples) / all;
    }
    this.#samples = all;
  }

  get statistics(): ChannelStatistics {
    return { mean: this.#mean, variance: this.#squares.map((sum) => sum / Math.max(1, this.#samples)) };
  }
}

/** What the points of a network show over a probe, run by run. */
export class Observation {
  readonly #points: readonly ObservedPoint[];
  readonly #running: readonly RunningStatistics[];

  constructor(points: readonly ObservedPoint[]) {
    this.#points = points;
    this.#running = points.map(() => new RunningStatistics());
  }

  /** Takes in the outputs of one run. */
  add(outputs: ReadonlyMap<string, { readonly data: ArrayLike<number | bigint> }>, samples: number): void {
    for (const [i, { meanOutput, varianceOutput }] of this.#points.entries()) {
      const [mean, variance] = [meanOutput, varianceOutput].map((name) =>
        Float64Array.from(outputs.get(name)!.data, Number),
      );
      this.#running[i]!.add({ mean: mean!, variance: variance! }, samples);
    }
  }

  /** In the order of the points. */
  get statistics(): readonly ChannelStatistics[] {
    return this.#running.map(({ statistics }) => statistics);
  }
}
