import type { Backend, Values } from "../backends/backend.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import type { Probe } from "../probe/probe.ts";
import { fixedBatchRunner } from "./fixedBatchRunner.ts";
import { type GramRunner, gramRunner } from "./gramRunner.ts";
import type { ModelGrams } from "./modelGrams.ts";
import type { Plan } from "./plan.ts";

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
  probe: Probe,
  backend: Backend,
  frame: ReportFrame,
  observer: RunObserver,
): Promise<number> {
  const running: { readonly side: ModelGrams; readonly runner: GramRunner }[] = [];
  try {
    for (const side of sides) {
      if (side.missing.length === 0 && !side.outputMissing) continue;
      const compile = async () => {
        const { model, missing, outputMissing } = side;
        if (model.batch !== "free") return fixedBatchRunner(backend, model, missing, outputMissing);
        return gramRunner(backend, model, missing, outputMissing, { returnMemory });
      };
      running.push({ side, runner: await frame.load(compile) });
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
    return running.length;
  } finally {
    for (const { runner } of running) await runner.release();
  }
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
