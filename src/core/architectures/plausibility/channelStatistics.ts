import type { ObservedPoint } from "./withBatchNormInputs.ts";

/** Mean and variance per channel. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** What was observed at a point, sample by sample; all have as many elements per channel. */
export class RunningStatistics {
  #samples = 0;
  readonly #mean: Float64Array;
  /** Sums over the samples of mean squares about the mean. */
  readonly #squares: Float64Array;

  constructor(channels: number) {
    this.#mean = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** Takes in one sample. */
  add({ mean, variance }: ChannelStatistics): void {
    const count = ++this.#samples;
    for (let i = 0; i < this.#mean.length; i++) {
      const apart = mean[i]! - this.#mean[i]!;
      this.#squares[i]! += variance[i]! + (apart * apart * (count - 1)) / count;
      this.#mean[i]! += apart / count;
    }
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
    this.#running = points.map(({ mean }) => new RunningStatistics(mean.shape[0] ?? 0));
  }

  /** Takes in the outputs of one run, those of its first `samples` samples. */
  add(outputs: ReadonlyMap<string, { readonly data: ArrayLike<number | bigint> }>, samples: number): void {
    for (const [i, { mean, meanOutput, varianceOutput }] of this.#points.entries()) {
      const [channels = 0] = mean.shape;
      const [means, variances] = [meanOutput, varianceOutput].map((name) =>
        Float64Array.from(outputs.get(name)!.data, Number),
      );
      for (let start = 0; start < samples * channels; start += channels) {
        this.#running[i]!.add({
          mean: means!.subarray(start, start + channels),
          variance: variances!.subarray(start, start + channels),
        });
      }
    }
  }

  /** In the order of the points. */
  get statistics(): readonly ChannelStatistics[] {
    return this.#running.map(({ statistics }) => statistics);
  }
}
