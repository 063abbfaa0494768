import type { Backend, Values } from "../backends/backend.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import type { Probe } from "../probe/probe.ts";
import { fixedBatchRunner } from "./fixedBatchRunner.ts";
import { type GramRunner, gramRunner } from "./gramRunner.ts";
import type { ModelGrams } from "./modelGrams.ts";
import type { Plan } from "./plan.ts";
import { keepWarm, releaseWarm, takeWarm } from "./warmRunners.ts";

/** What {@link runNetworks} tells while it works. */
export interface RunObserver {
  /** Run `index` is in every model's Grams. */
  took(index: number): Promise<void>;
}

/**
 * Runs every network that the store could not answer for over the samples, run by run: the samples of a run are read
 * once and every network sees the same ones.
 *
 * @returns how many networks were run.
 */
export async function runNetworks(
  sides: readonly ModelGrams[],
  { partition, returnMemory }: Pick<Plan, "partition" | "returnMemory">,
  probe: Pick<Probe, "read">,
  backend: Backend,
  frame: ReportFrame,
  observer: RunObserver,
): Promise<number> {
  const sidesToRun = sides.filter((side) => side.missing.length > 0 || side.outputMissing);
  const keys = sidesToRun.map((side) => compiledKey(side, backend));
  const warm = keys.map(takeWarm);
  await releaseWarm();
  const running: { readonly side: ModelGrams; readonly runner: GramRunner }[] = [];
  let succeeded = false;
  try {
    for (const [i, side] of sidesToRun.entries()) {
      const compile = async () => {
        const { model, missing, outputMissing } = side;
        if (model.batch !== "free") return fixedBatchRunner(backend, model, missing, outputMissing);
        return gramRunner(backend, model, missing, outputMissing, { returnMemory });
      };
      running.push({ side, runner: warm[i] ?? (await frame.load(compile)) });
    }
    for (const [index, run] of partition.runs.entries()) {
      if (running.length > 0) {
        const samples = concatenate(run.map(({ start, count }) => probe.read(start, count)));
        const count = run.reduce((sum, block) => sum + block.count, 0);
        // Networks that want the same input share it.
        const inputs = new Map<string, Values>();
        for (const { side, runner } of running) {
          const input = inputs.get(side.model.inputForm) ?? side.model.prepare(samples, count);
          inputs.set(side.model.inputForm, input);
          side.take(index, await frame.forward(() => runner.run(input)));
        }
      }
      await observer.took(index);
    }
    succeeded = true;
    return running.length;
  } finally {
    for (const [i, { runner }] of running.entries()) {
      // What gives its memory back is too large to keep, and what failed is not to be trusted.
      if (succeeded && !returnMemory) await keepWarm(keys[i] ?? "", runner);
      else await runner.release();
    }
    for (const runner of warm.slice(running.length)) await runner?.release();
  }
}

/** Equal for networks that compile to the same. */
function compiledKey({ model, missing, outputMissing }: ModelGrams, { provider, threads }: Backend): string {
  const taps = missing.map(({ value }) => value);
  return JSON.stringify([model.file.digest, model.conversion.shape, taps, outputMissing, provider, threads]);
}

function concatenate(parts: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
