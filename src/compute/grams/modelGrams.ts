import type { Tap } from "../../core/graph/tap.ts";
import { type Gram, packedGram } from "../../core/measures/gram.ts";
import { BlockGram, type BlockRun } from "../../core/methods/blockGrams.ts";
import type { OpenModel } from "../models/openModel.ts";
import { type GramRun, packed } from "./gramRunner.ts";
import type { Partition } from "./partition.ts";

/** The Grams of one model's chosen taps, from the store where they are there, from runs of the network otherwise. */
export class ModelGrams {
  readonly model: OpenModel;
  readonly taps: readonly Tap[];
  readonly #partition: Partition;
  /** By tap value: one Gram with `full`, one per batch with `minibatch`. */
  readonly #grams = new Map<string, Gram[]>();
  /** Taps whose Grams come from the store. */
  readonly #stored = new Set<string>();
  readonly #blocks = new Map<string, BlockGram>();
  #output: Float32Array | undefined;
  #outputStored = false;
  #outputSamples = 0;

  constructor(model: OpenModel, taps: readonly Tap[], partition: Partition) {
    this.model = model;
    this.taps = taps;
    this.#partition = partition;
  }

  /** Takes what the store holds for one tap. */
  restore(tap: Tap, grams: readonly Gram[]): void {
    this.#grams.set(tap.value, [...grams]);
    this.#stored.add(tap.value);
  }

  /** Takes the network's answers, n × width, from the store. */
  restoreOutput(output: Float32Array): void {
    this.#output = output;
    this.#outputStored = true;
    this.#outputSamples = this.#partition.samples;
  }

  /** Taps that the network has to be run for. */
  get missing(): readonly Tap[] {
    return this.taps.filter((tap) => !this.#stored.has(tap.value));
  }

  /** Whether the network, which has answers at all, has to be run for them. */
  get outputMissing(): boolean {
    return !this.#outputStored && this.model.answer !== undefined;
  }

  /** Takes what one run of the partition gave. */
  take(index: number, run: GramRun): void {
    const blocks = this.#partition.runs[index] ?? [];
    const count = blocks.reduce((sum, block) => sum + block.count, 0);
    for (const tap of this.missing) {
      const square = run.grams.get(tap.value);
      if (!square) continue;
      if (this.#partition.estimator === "minibatch") {
        this.#list(tap).push(packed(square, count));
      } else if (this.#partition.runs.length === 1) {
        this.#grams.set(tap.value, [packed(square, count)]);
      } else {
        const assembly = this.#blocks.get(tap.value) ?? new BlockGram(this.#partition.samples);
        this.#blocks.set(tap.value, assembly);
        assembly.add(blocks, square);
        // Until every block is there, the first run stands for the whole.
        if (index === 0) this.#grams.set(tap.value, [packed(square, count)]);
        if (index === this.#partition.runs.length - 1) {
          this.#grams.set(tap.value, [packedGram(assembly.packed, this.#partition.samples, assembly.offset)]);
          this.#blocks.delete(tap.value);
        }
      }
    }
    if (run.answers && !this.#outputStored) this.#takeOutput(blocks, run.answers, count);
  }

  /** Grams of `taps` over batch `index`, or, with `full` and 0, over all samples. */
  of(taps: readonly Tap[], index: number): readonly Gram[] {
    return taps.flatMap((tap) => this.#grams.get(tap.value)?.[index] ?? []);
  }

  /** Every Gram of a tap, as the store keeps them. */
  all(tap: Tap): readonly Gram[] {
    return this.#grams.get(tap.value) ?? [];
  }

  /** The network's answers, n × width, samples in order; `undefined` before the first run. */
  get output(): Float32Array | undefined {
    return this.#output;
  }

  /** How many samples, from the first on, have their answers in {@link output}. */
  get outputSamples(): number {
    return this.#outputSamples;
  }

  #list(tap: Tap): Gram[] {
    const list = this.#grams.get(tap.value) ?? [];
    this.#grams.set(tap.value, list);
    return list;
  }

  #takeOutput(blocks: BlockRun, output: Float32Array, count: number): void {
    const width = output.length / count;
    this.#output ??= new Float32Array(this.#partition.samples * width);
    let row = 0;
    for (const block of blocks) {
      this.#output.set(output.subarray(row * width, (row + block.count) * width), block.start * width);
      row += block.count;
      if (block.start <= this.#outputSamples) {
        this.#outputSamples = Math.max(this.#outputSamples, block.start + block.count);
      }
    }
  }
}
