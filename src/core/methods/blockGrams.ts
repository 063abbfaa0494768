/**
 * One Gram over all samples when only some of them fit into a run.
 *
 * The samples are cut into blocks of half a run, and each run holds one pair of blocks, so that every pair of samples
 * meets in some run. Memory is that of one run whatever n is, no representation is kept, and the cost is
 * 2n/m − 1 forward passes for runs of m samples.
 *
 * Each run has an origin of its own. Another origin changes a Gram by αᵢ + αⱼ only: (xᵢ−o)·(xⱼ−o) =
 * (xᵢ−c)·(xⱼ−c) + αᵢ + αⱼ with αᵢ = δ·δ/2 − (xᵢ−c)·δ and δ = o − c. The diagonal, which each run repeats, tells 2αᵢ, so the
 * runs are brought to one common form; what is left, one number per sample, is what centring the whole Gram removes.
 */

/** Consecutive samples `[start, start + count)`. */
export interface Block {
  readonly start: number;
  readonly count: number;
}

/** The blocks whose samples one run holds, in order. */
export type BlockRun = readonly Block[];

/**
 * The runs that bring every pair of `samples` together, `capacity` samples at a time.
 *
 * @param capacity samples that one run can hold, at least 2.
 */
export function blockRuns(samples: number, capacity: number): BlockRun[] {
  if (samples <= capacity) return [[{ start: 0, count: samples }]];
  const size = Math.max(1, Math.floor(capacity / 2));
  const blocks: Block[] = [];
  for (let start = 0; start < samples; start += size) blocks.push({ start, count: Math.min(size, samples - start) });
  const runs: BlockRun[] = [];
  for (const [i, first] of blocks.entries()) {
    for (const second of blocks.slice(i + 1)) runs.push([first, second]);
  }
  return runs;
}

/** Assembles the packed Gram of one tap (upper triangle with diagonal, row by row) from the Grams of the runs. */
export class BlockGram {
  readonly packed: Float32Array;
  readonly #samples: number;
  /** Diagonal of the run that a sample was first seen in: the common form of all blocks. */
  readonly #diagonal: Float64Array;
  readonly #seen: Uint8Array;
  #offset = 0;

  constructor(samples: number) {
    this.#samples = samples;
    this.packed = new Float32Array((samples * (samples + 1)) / 2);
    this.#diagonal = new Float64Array(samples);
    this.#seen = new Uint8Array(samples);
  }

  /** Largest squared length of an origin that a run subtracted. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Adds one run.
   *
   * @param gram m × m, row-major, of the run's m samples about one origin, and that origin's squared length.
   */
  add(run: BlockRun, { square: gram, offset }: { readonly square: Float32Array; readonly offset: number }): void {
    this.#offset = Math.max(this.#offset, offset);
    const samples = run.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
    const m = samples.length;
    const alpha = new Float64Array(m);
    const isNew = samples.map((sample) => this.#seen[sample] === 0);
    for (const [i, sample] of samples.entries()) {
      const own = gram[i * m + i] ?? 0;
      if (isNew[i]) {
        this.#diagonal[sample] = own;
        this.#seen[sample] = 1;
      } else {
        alpha[i] = (own - (this.#diagonal[sample] ?? 0)) / 2;
      }
    }
    const firstBlock = run[0]?.count ?? 0;
    for (let i = 0; i < m; i++) {
      const row = samples[i] ?? 0;
      const offset = row * this.#samples - (row * (row - 1)) / 2 - row;
      for (let j = i; j < m; j++) {
        // Within a block the values stand since the block was first seen.
        const sameBlock = run.length === 1 || i < firstBlock === j < firstBlock;
        if (sameBlock && !isNew[i]) continue;
        this.packed[offset + (samples[j] ?? 0)] = (gram[i * m + j] ?? 0) - (alpha[i] ?? 0) - (alpha[j] ?? 0);
      }
    }
  }
}
