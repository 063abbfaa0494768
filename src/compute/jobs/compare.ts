import { resolveMeasures } from "../../core/measures/measures.ts";
import { modelMatrix } from "../../core/methods/comparison.ts";
import { modelNames } from "../../core/report/pairs.ts";
import type { Report, Warning } from "../../core/report/report.ts";
import type { CompareParams } from "../../protocol/compute.ts";
import { type Compared, Comparing } from "../comparison/comparing.ts";
import { type Contestant, networks } from "../comparison/sides.ts";
import { openEngine } from "../engine.ts";
import { ModelGrams } from "../grams/modelGrams.ts";
import { passes, samplesUsed } from "../grams/partition.ts";
import { plan } from "../grams/plan.ts";
import { runNetworks } from "../grams/runNetworks.ts";
import { restore, save } from "../grams/storedGrams.ts";
import type { Job } from "../job.ts";
import { modelReport } from "../models/openModel.ts";
import { openModels } from "../models/openModels.ts";
import { probeReport } from "../probe/probeReport.ts";
import { digestCache, gramStore } from "../store/stores.ts";
import { nextTurn } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/** Milliseconds between two reports of what is known so far. */
const partialInterval = 300;

/**
 * Compares two or more models layer by layer on one probe. Samples are read once, in one order, and every network sees
 * the same ones; what the store has is not computed again.
 */
export async function compare(params: CompareParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("comparison", params.seed);
  const measures = resolveMeasures(params.measures);
  job.report({ phase: "Reading" });
  const opened = await frame.load(() => openModels(params, digestCache(params.engine.store), job.signal));
  try {
    const { models, probe } = opened;
    const warnings: Warning[] = [...opened.warnings];
    const store = gramStore(params.engine, (warning) => warnings.push(warning));
    const backend = await openEngine(params.engine);
    const contestants = models.map(
      (model): Contestant => ({ model, taps: model.chosenTaps, names: model.chosenTaps.map(({ name }) => name) }),
    );
    const different = networks(contestants);

    job.report({ phase: "Estimating" });
    const request = { ...params, samples: probe.samples, measures: measures.length };
    const planned = await plan(different, request, backend);
    const { partition } = planned;
    job.report({ phase: "Estimating", estimate: planned.estimate });

    const sides = different.map(({ model, taps }) => new ModelGrams(model, taps, partition));
    for (const side of sides) await restore(store, side, { probe, partition, backend });
    const comparing = new Comparing({
      contestants,
      grams: contestants.flatMap((_, i) => sides.filter((_, s) => different[s]?.contestants.has(i))),
      names: modelNames(models.map(({ file }) => file.path)),
      measures,
      partition,
      probe,
    });

    const dropped = probe.samples - samplesUsed(partition);
    if (dropped > 0) warnings.push(droppedBatch(dropped));
    let forwardPasses = 0;
    const report = ({ pairs, warnings: found }: Compared): Report =>
      frame.report({
        provider: backend.provider,
        engine: backend.engine,
        models: models.map(modelReport),
        probe: probeReport(probe),
        forwardPasses,
        ...(pairs.length === 1 && pairs[0]
          ? { measures: pairs[0].measures, ...(pairs[0].outputs && { outputs: pairs[0].outputs }) }
          : { pairs, ...summary(pairs) }),
        warnings: [...warnings, ...found],
      });
    const summary = (pairs: Compared["pairs"]): Pick<Report, "matrix"> => {
      const [leading] = measures;
      return leading ? { matrix: modelMatrix(leading, modelNames(models.map(({ file }) => file.path)), pairs) } : {};
    };

    let lastPartial = 0;
    const runs = partition.runs.length;
    const networksRun = await runNetworks(sides, planned, probe, backend, frame, {
      async took(index) {
        job.signal.throwIfAborted();
        await frame.measures(async () => comparing.take(index));
        const done = { phase: "Comparing", done: index + 1, total: runs };
        const isPartialDue = index + 1 < runs && performance.now() - lastPartial > partialInterval;
        // With one Gram over all samples, only the first run is a whole on its own.
        if (isPartialDue && (partition.estimator === "minibatch" || index === 0)) {
          const samples = partition.runs[0]?.reduce((sum, { count }) => sum + count, 0);
          const over = partition.estimator === "full" ? samples : undefined;
          const partial = await frame.measures(() => comparing.result(job.signal, over));
          job.report({ ...done, partial: report(partial) });
          lastPartial = performance.now();
        } else job.report(done);
        await nextTurn();
      },
    });
    forwardPasses = networksRun * passes(partition);

    job.report({ phase: "Measuring" });
    const result = await frame.measures(() => comparing.result(job.signal));
    for (const side of sides) await save(store, side, { probe, partition, backend });
    return report(result);
  } finally {
    opened.close();
  }
}

function droppedBatch(samples: number): Warning {
  return {
    code: "comparison/batch-dropped",
    message: `The last ${samples} samples make no batch of four and count for the outputs only.`,
    where: "probe",
  };
}
