import type { Gram } from "../../core/measures/gram.ts";
import type { Measure, Setting } from "../../core/measures/measure.ts";
import { ComparedOutputs, type Outputs } from "../../core/methods/outputs.ts";
import type { OutputComparison, PairReport, Warning } from "../../core/report/report.ts";
import type { ModelGrams } from "../grams/modelGrams.ts";
import { type Partition, samplesUsed } from "../grams/partition.ts";
import type { Probe } from "../probe/probe.ts";
import { fullPair, MinibatchPair, type PairNames, type PairResult } from "./pairEstimates.ts";
import { type Contestant, pairsOf } from "./sides.ts";

/** What all pairs have in common. */
export interface ComparingOptions {
  readonly contestants: readonly Contestant[];
  /** Grams of the network that each contestant is, by contestant. */
  readonly grams: readonly ModelGrams[];
  readonly names: readonly string[];
  readonly measures: readonly Measure[];
  readonly partition: Partition;
  readonly probe: Probe;
}

/** The result so far, of all pairs. */
export interface Compared {
  readonly pairs: readonly PairReport[];
  readonly warnings: readonly Warning[];
}

/** Turns Grams into the measures of every pair of models, batch by batch with `minibatch`, at the end with `full`. */
export class Comparing {
  readonly #options: ComparingOptions;
  readonly #pairs: readonly (readonly [number, number])[];
  readonly #minibatch: readonly MinibatchPair[];
  readonly #outputs: readonly ComparedOutputs[];
  #samples = 0;

  constructor(options: ComparingOptions) {
    this.#options = options;
    this.#pairs = pairsOf(options.contestants.length);
    this.#minibatch =
      options.partition.estimator === "minibatch"
        ? this.#pairs.map((pair) => new MinibatchPair(options.measures, this.#names(pair)))
        : [];
    this.#outputs = this.#pairs.map(() => new ComparedOutputs(options.probe.labels));
  }

  /** Takes run `index` of the partition, which every model's Grams hold now. */
  take(index: number): void {
    if (this.#options.partition.estimator === "full") return;
    for (const [i, pair] of this.#pairs.entries()) this.#minibatch[i]?.add(...this.#grams(pair, index));
    this.#samples += this.#options.partition.runs[index]?.[0]?.count ?? 0;
  }

  /**
   * The pairs from what was taken so far.
   * @param samples that the Grams are over, with `full`; all of the probe unless only its first run is there.
   */
  async result(signal: AbortSignal, samples = samplesUsed(this.#options.partition)): Promise<Compared> {
    const { partition } = this.#options;
    const pairs: PairReport[] = [];
    const warnings: Warning[] = [];
    for (const [i, pair] of this.#pairs.entries()) {
      let result: PairResult | undefined;
      if (partition.estimator === "full") {
        const setting: Setting = { estimator: "full", samples };
        result = await fullPair(this.#options.measures, ...this.#grams(pair, 0), setting, this.#names(pair), signal);
      } else {
        const used = Math.min(this.#samples, samples);
        result = this.#minibatch[i]?.result({ estimator: "minibatch", samples: used, batch: partition.batch });
      }
      if (!result) continue;
      const outputs = this.#comparedOutputs(i, pair);
      pairs.push({ a: pair[0], b: pair[1], measures: result.measures, ...(outputs && { outputs }) });
      warnings.push(...result.warnings);
    }
    return { pairs, warnings: distinct(warnings) };
  }

  #names([a, b]: readonly [number, number]): PairNames {
    const { contestants, names } = this.#options;
    return {
      rows: contestants[a]?.names ?? [],
      columns: contestants[b]?.names ?? [],
      models: [names[a] ?? "", names[b] ?? ""],
      poolings: [contestants[a]?.model.pooling, contestants[b]?.model.pooling],
    };
  }

  /** The two sides' Grams of one run; the same array where they are the same taps of the same network. */
  #grams([a, b]: readonly [number, number], index: number): [rows: readonly Gram[], columns: readonly Gram[]] {
    const side = (i: number) => this.#options.contestants[i]?.taps ?? [];
    const rows = this.#options.grams[a]?.of(side(a), index) ?? [];
    const isSame = this.#options.grams[a] === this.#options.grams[b] && sameTaps(side(a), side(b));
    return [rows, isSame ? rows : (this.#options.grams[b]?.of(side(b), index) ?? [])];
  }

  #comparedOutputs(index: number, [a, b]: readonly [number, number]): OutputComparison | undefined {
    const [first, second] = [this.#answers(a), this.#answers(b)];
    return first && second && this.#outputs[index]?.over(first, second);
  }

  #answers(index: number): Outputs | undefined {
    const { partition, contestants, grams } = this.#options;
    const values = grams[index]?.output;
    const model = contestants[index]?.model;
    if (!values || !model) return undefined;
    const width = values.length / partition.samples;
    const samples = grams[index]?.outputSamples ?? 0;
    return samples === 0 ? undefined : { samples, width, values, meaning: model.outputMeaning };
  }
}

function sameTaps(a: Contestant["taps"], b: Contestant["taps"]): boolean {
  return a.length === b.length && a.every((tap, i) => tap.value === b[i]?.value);
}

/** One of each: two measures, or a model in several pairs, give the same warning. */
function distinct(warnings: readonly Warning[]): Warning[] {
  return [
    ...new Map(warnings.map((warning) => [`${warning.code}\n${warning.message}\n${warning.where}`, warning])).values(),
  ];
}
