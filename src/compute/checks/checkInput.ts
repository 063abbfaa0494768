import { implausibleInput } from "../../core/checks/implausibleInput.ts";
import { Failure } from "../../core/failure.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import type { Finding, Warning } from "../../core/report/report.ts";
import type { EngineChoice, ModelChoice, ProbeChoice } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import { openEngine } from "../engine.ts";
import type { Job } from "../job.ts";
import type { OpenModel } from "../models/openModel.ts";
import { openModels } from "../models/openModels.ts";
import { mostPlausibleInput, plausibleInputs } from "../models/plausibleInput.ts";
import { findSettings } from "../probe/findSettings.ts";
import type { Probe } from "../probe/probe.ts";
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
  const request = { models: [model], probe, seed: 0 };
  const opened = await openModels(request, backend, digestCache(undefined), job.signal);
  try {
    const [own] = opened.models;
    const [score] = own ? ((await scoresOf(own, own.preprocessing, opened.probe, backend, job)) ?? []) : [];
    if (!own || !score) {
      const reason = "it has no batch norms that say what they saw, or the samples are no images.";
      return { findings: [], warnings: [...opened.warnings, notChecked(model.path, reason)] };
    }
    const { preprocessing } = own;
    // What was proposed was found the same way.
    if (score.verdict === "good" || preprocessing.source === "proposal") {
      return { findings: [], warnings: opened.warnings };
    }
    const better = await mostPlausibleInput(own, backend, opened.probe, job.signal);
    const isBetter = better !== undefined && better.score.all < score.all;
    const findings = implausibleInput({ preprocessing, score }, isBetter ? better : undefined);
    return { findings, warnings: opened.warnings };
  } finally {
    opened.close();
  }
}

function scoresOf(model: OpenModel, normalisation: Normalisation, probe: Probe, backend: Backend, job: Job) {
  return plausibleInputs(model, [normalisation], backend, probe, job.signal);
}

function notChecked(path: string, reason: string): Warning {
  return { code: "check/input-not-checked", message: `The preprocessing was not checked: ${reason}`, where: path };
}
