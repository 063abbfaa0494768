import { mostPlausible, usualNormalisations } from "../../core/architectures/plausibility/usualNormalisations.ts";
import { type BetterInput, implausibleInput } from "../../core/checks/implausibleInput.ts";
import { Failure } from "../../core/failure.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import type { Finding, Warning } from "../../core/report/report.ts";
import type { EngineChoice, ModelChoice, ProbeChoice } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import { openEngine } from "../engine.ts";
import type { Job } from "../job.ts";
import type { OpenModel } from "../models/openModel.ts";
import { type OpenModels, openModels } from "../models/openModels.ts";
import { plausibleInputs } from "../models/plausibleInput.ts";
import { findSettings } from "../probe/findSettings.ts";
import { digestCache } from "../store/stores.ts";

/** What is asked about how samples reach a network. */
export interface InputQuestion {
  readonly model: ModelChoice;
  readonly probe: ProbeChoice;
  readonly engine: EngineChoice;
}

export interface InputAnswer {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Warning[];
}

/** Failures of the probe and of what the user said about it, as opposed to those of the network. */
const asked = /^(probe|image|npy|npz|idx|gzip|json|settings|preprocess|file|path|cancelled)(\/|$)/;

/**
 * Runs a network on samples to judge by its batch norms how they are preprocessed. A network that cannot be run is no
 * reason to fail: a warning says why nothing is known.
 * @throws Failure of the probe.
 */
export async function checkInput(question: InputQuestion, job: Job): Promise<InputAnswer> {
  const { model, probe } = question;
  // Without real samples there is nothing to judge by.
  if (probe.path === undefined && findSettings(model.path)?.probe === undefined) return { findings: [], warnings: [] };
  job.report({ phase: "Checking the preprocessing" });
  try {
    return await judge(question, await openEngine(question.engine), job);
  } catch (error) {
    if (!(error instanceof Failure) || asked.test(error.code)) throw error;
    return { findings: [], warnings: [notChecked(model.path, error.message)] };
  }
}

async function judge({ model, probe }: InputQuestion, backend: Backend, job: Job): Promise<InputAnswer> {
  const open = (models: readonly ModelChoice[]): Promise<OpenModels> =>
    openModels({ models, probe, seed: 0 }, backend, digestCache(undefined), job.signal);
  const opened = await open([model]);
  try {
    const [own] = opened.models;
    const [score] = (await plausibleInputs(opened.models, backend, opened.probe, job.signal)) ?? [];
    if (!own || !score) {
      const reason = "it has no batch norms that say what they saw, or the samples are no images.";
      return { findings: [], warnings: [...opened.warnings, notChecked(model.path, reason)] };
    }
    const { preprocessing } = own;
    // What was proposed was found the same way.
    if (score.verdict === "good" || preprocessing.source === "proposal") {
      return { findings: [], warnings: opened.warnings };
    }
    const judged = { preprocessing, score };
    const better = await betterInput(own, (choices) => open(choices.map((choice) => ({ ...model, ...choice }))), {
      backend,
      job,
    });
    const isBetter = better !== undefined && better.score.all < score.all;
    return { findings: implausibleInput(judged, isBetter ? better : undefined), warnings: opened.warnings };
  } finally {
    opened.close();
  }
}

/** The usual preprocessing that suits a network best, if any does. */
async function betterInput(
  { conversion }: OpenModel,
  open: (choices: readonly Pick<ModelChoice, "preprocess">[]) => Promise<OpenModels>,
  { backend, job }: { readonly backend: Backend; readonly job: Job },
): Promise<BetterInput | undefined> {
  const usual = usualNormalisations(conversion.shape[conversion.channelAxis] ?? 0);
  const opened = await open(usual.map(({ normalisation }) => ({ preprocess: written(normalisation) })));
  try {
    const scores = (await plausibleInputs(opened.models, backend, opened.probe, job.signal)) ?? [];
    const best = mostPlausible(usual, scores);
    const score = best && scores[usual.indexOf(best)];
    return best && score && { name: best.name, score };
  } finally {
    opened.close();
  }
}

/** As `--preprocess` takes it. */
function written({ mean, std }: Normalisation): string {
  return mean.length === 0 ? "none" : `mean=${mean.join()};std=${std.join()}`;
}

function notChecked(path: string, reason: string): Warning {
  return { code: "check/input-not-checked", message: `The preprocessing was not checked: ${reason}`, where: path };
}
