import type { Backend } from "../backends/backend.ts";
import type { Probe } from "../probe/probe.ts";
import type { GramStore } from "../store/gramStore.ts";
import type { StoreKey } from "../store/storeKey.ts";
import type { ModelGrams } from "./modelGrams.ts";
import { type Partition, samplesUsed } from "./partition.ts";

/** What decides a stored Gram besides the model and the tap. */
export interface Question {
  readonly probe: Probe;
  readonly partition: Partition;
  readonly backend: Backend;
}

/** Fills a model's Grams and outputs with what the store has. */
export async function restore(store: GramStore, side: ModelGrams, question: Question): Promise<void> {
  for (const tap of side.taps) {
    const entry = await store.get(gramKey(side, tap.value, question));
    if (entry?.kind === "grams" && fits(entry.grams, question.partition)) side.restore(tap, entry.grams);
  }
  const outputs = await store.get(outputKey(side, question));
  if (outputs?.kind === "outputs" && outputs.values.length === outputs.width * question.partition.samples) {
    side.restoreOutput(outputs.values);
  }
}

/** Keeps what was computed. */
export async function save(store: GramStore, side: ModelGrams, question: Question): Promise<void> {
  for (const tap of side.missing) {
    await store.put(gramKey(side, tap.value, question), { kind: "grams", grams: side.all(tap) });
  }
  const { output } = side;
  if (side.outputMissing && output) {
    const width = output.length / question.partition.samples;
    await store.put(outputKey(side, question), { kind: "outputs", width, values: output });
  }
}

function fits(grams: readonly { readonly size: number }[], partition: Partition): boolean {
  if (partition.estimator === "full") return grams.length === 1 && grams[0]?.size === partition.samples;
  return grams.length === partition.runs.length;
}

function gramKey(side: ModelGrams, value: string, { probe, partition, backend }: Question): StoreKey {
  const { model } = side;
  return {
    kind: "grams",
    graph: model.file.graphDigest,
    weights: model.file.weightsDigest,
    value,
    probe: probe.digest,
    preprocessing: JSON.stringify([
      model.preprocessing.mean,
      model.preprocessing.std,
      ...(model.pad === undefined ? [] : [{ pad: model.pad }]),
    ]),
    estimator: partition.estimator,
    // How a full Gram was put together does not change it beyond rounding.
    partition: `${samplesUsed(partition)}/${partition.batch}`,
    provider: backend.provider,
    precision: "float32",
    engine: backend.engine,
  };
}

function outputKey(side: ModelGrams, question: Question): StoreKey {
  const key = gramKey(side, side.model.answer?.value ?? "", question);
  return { ...key, kind: "outputs", estimator: "full", partition: `${question.partition.samples}` };
}
