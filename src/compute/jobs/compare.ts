import type { Measure } from "../../core/measures/measure.ts";
import { resolveMeasures } from "../../core/measures/measures.ts";
import { modelNames } from "../../core/report/pairs.ts";
import type { Report, Warning } from "../../core/report/report.ts";
import type { CompareParams } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import { type Compared, Comparing } from "../comparison/comparing.ts";
import { type ComparisonFacts, comparisonReport } from "../comparison/comparisonReport.ts";
import { enoughSamples } from "../comparison/enoughSamples.ts";
import { partialReports } from "../comparison/partialReports.ts";
import { type Contestant, networks } from "../comparison/sides.ts";
import { openEngine } from "../engine.ts";
import { ModelGrams } from "../grams/modelGrams.ts";
import { passes, samplesUsed } from "../grams/partition.ts";
import { plan } from "../grams/plan.ts";
import { runNetworks } from "../grams/runNetworks.ts";
import { restore, save } from "../grams/storedGrams.ts";
import type { Job } from "../job.ts";
import { type OpenModels, openModels } from "../models/openModels.ts";
import { digestCache, gramStore } from "../store/stores.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Compares two or more models layer by layer on one probe. Samples are read once, in one order, and every network sees
 * the same ones; what the store has is not computed again.
 */
export async function compare(params: CompareParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("comparison", params.seed);
  const measures = resolveMeasures(params.measures);
  job.report({ phase: "Reading" });
  const backend = await openEngine(params.engine);
  const opened = await frame.load(() => openModels(params, backend, digestCache(params.engine.store), job.signal));
  try {
    return await compareOpened(opened, params, measures, backend, frame, job);
  } finally {
    opened.close();
  }
}

async function compareOpened(
  { models, probe, warnings: found }: OpenModels,
  params: CompareParams,
  measures: readonly Measure[],
  backend: Backend,
  frame: ReportFrame,
  job: Job,
): Promise<Report> {
  const warnings: Warning[] = [...enoughSamples(probe), ...found];
  const store = gramStore(params.engine, (warning) => warnings.push(warning));
  const contestants = models.map(
    (model): Contestant => ({ model, taps: model.chosenTaps, names: model.chosenTaps.map(({ name }) => name) }),
  );
  const different = networks(contestants);

  job.report({ phase: "Estimating" });
  const request = { ...params, samples: probe.samples, measures: measures.length };
  const planned = await plan(different, request, backend);
  const { partition } = planned;
  job.report({ phase: "Estimating", estimate: planned.estimate });
  const dropped = probe.samples - samplesUsed(partition);
  if (dropped > 0) warnings.push(droppedBatch(dropped));

  const sides = different.map(({ model, taps }) => new ModelGrams(model, taps, partition));
  for (const side of sides) await restore(store, side, { probe, partition, backend });
  const grams = contestants.flatMap((_, i) => sides.filter((_, s) => different[s]?.contestants.has(i)));
  const names = modelNames(models.map(({ file }) => file.path));
  const comparing = new Comparing({ contestants, grams, names, measures, partition, probe });
  const facts: ComparisonFacts = { frame, backend, models, names, probe, measures };
  const report = (compared: Compared, passed: number) => comparisonReport(facts, compared, warnings, passed);

  const observer = partialReports(comparing, partition, (compared) => report(compared, 0), frame, job);
  const networksRun = await runNetworks(sides, planned, probe, backend, frame, observer);

  job.report({ phase: "Measuring" });
  const result = await frame.measures(() => comparing.result(job.signal));
  for (const side of sides) await save(store, side, { probe, partition, backend });
  return report(result, networksRun * passes(partition));
}

function droppedBatch(samples: number): Warning {
  return {
    code: "comparison/batch-dropped",
    message: `The last ${samples} samples make no batch of four and count for the outputs only.`,
    where: "probe",
  };
}
