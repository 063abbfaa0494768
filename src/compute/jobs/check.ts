import type { CheckedFile } from "../../core/checks/checkedFile.ts";
import { cutOffFinding, isCutOff } from "../../core/checks/cutOff.ts";
import { fileFindings } from "../../core/checks/fileChecks.ts";
import { sameFile, sameWeights } from "../../core/checks/sameWeights.ts";
import { trainingModeFinding } from "../../core/checks/trainingMode.ts";
import { unchangedLayers } from "../../core/checks/unchangedLayers.ts";
import { weightDifferences } from "../../core/diff/weightDifferences.ts";
import { Failure } from "../../core/failure.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import type { Finding, ModelReport, Report, Warning } from "../../core/report/report.ts";
import type { CheckParams, ModelChoice } from "../../protocol/compute.ts";
import { checkInput } from "../checks/checkInput.ts";
import { lookAt } from "../checks/lookAt.ts";
import { isSameContent } from "../checks/sameContent.ts";
import type { BackgroundJob } from "../job.ts";
import { type CheckpointFile, noticesOf, openCheckpoint } from "../models/checkpointFile.ts";
import { chosenWeights } from "../models/openModelFile.ts";
import { checkpointReport } from "./checkpointReport.ts";
import { exhaustGivingWay } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Looks one or two checkpoints over for what is often wrong with them. What it finds is the answer, never a failure; that
 * a file is not whole is a finding, too. Memory stays small whatever the files' sizes.
 * @throws Failure of the readers where a file cannot be read for another reason, and of the probe.
 */
export async function check(params: CheckParams, job: BackgroundJob): Promise<Report> {
  const frame = new ReportFrame("check");
  job.report({ phase: "Reading" });
  const checked: Checked[] = [];
  try {
    for (const choice of params.models) checked.push(open(choice));
    const findings = await lookAtAll(checked, job);
    const warnings = checked.flatMap(({ file }) => (file ? noticesOf(file).filter(isNoFinding) : []));
    for (const { choice, file } of checked) {
      if (!params.probe || !file) continue;
      const engine = params.engine ?? { provider: "auto" };
      const question = { model: choice, probe: params.probe, engine };
      const answer = await job.inTurn(() => checkInput(question, job));
      findings.push(...answer.findings.map((finding) => ({ ...finding, where: choice.path })));
      warnings.push(...answer.warnings);
    }
    return frame.report({ models: checked.map(modelReport), findings, warnings: onceEach(warnings) });
  } finally {
    for (const { file } of checked) file?.close();
  }
}

/** A checkpoint on its way: one that cannot be opened has its finding from the start. */
interface Checked {
  readonly choice: ModelChoice;
  readonly file?: CheckpointFile;
  readonly finding?: Finding;
}

function open(choice: ModelChoice): Checked {
  let file: CheckpointFile | undefined;
  try {
    file = openCheckpoint(choice.path);
    return { choice, file: chosenWeights(file, choice.weights) };
  } catch (error) {
    file?.close();
    if (!(error instanceof Failure)) throw error;
    if (isCutOff(error)) return { choice, finding: cutOffFinding(error) };
    if (error.code.endsWith("/training-mode")) return { choice, finding: trainingModeFinding(error.message) };
    throw error;
  }
}

async function lookAtAll(checked: readonly Checked[], job: BackgroundJob): Promise<Finding[]> {
  const findings: Finding[] = [];
  const [a, b] = checked.map(({ file }) => file);
  const isTwice =
    a && b && (await isSameContent(a, b, job)) && checked[0]?.choice.weights === checked[1]?.choice.weights;
  const toRead = checked.filter((_, i) => i === 0 || !isTwice);
  const progress = new Progress(toRead, a && b && !isTwice ? a : undefined, job);
  const files: CheckedFile[] = [];
  for (const { choice, file, finding } of toRead) {
    const looked = file && (await lookAt(file.checkpoint, job, (elements) => progress.took(elements)));
    if (looked) files.push(looked);
    const found = [...(finding ? [finding] : []), ...(looked ? fileFindings(looked) : [])];
    findings.push(...found.map((each) => ({ ...each, where: choice.path })));
  }
  if (isTwice) return [...findings, sameFile];
  const [one, other] = files;
  return a && b && one && other ? [...findings, ...(await comparePair(a, b, [one, other], progress, job))] : findings;
}

async function comparePair(
  a: CheckpointFile,
  b: CheckpointFile,
  [one, other]: readonly [CheckedFile, CheckedFile],
  progress: Progress,
  job: BackgroundJob,
): Promise<Finding[]> {
  const comparison = weightDifferences(a.checkpoint.weights.tensors, b.checkpoint.weights.tensors);
  const differences = await exhaustGivingWay(comparison, job, (elements) => progress.took(elements));
  const same = await exhaustGivingWay(sameWeights(one, other, differences), job);
  return same.length > 0 ? same : unchangedLayers(one, other, differences);
}

/** Elements looked at, of all that are to be. */
class Progress {
  readonly #job: BackgroundJob;
  readonly #total: number;
  #done = 0;

  /** @param again a checkpoint that is read once more, beside another. */
  constructor(checked: readonly Checked[], again: CheckpointFile | undefined, job: BackgroundJob) {
    this.#job = job;
    this.#total = [...checked.map(({ file }) => file), again].reduce((sum, file) => sum + elementsOf(file), 0);
  }

  took(elements: number): void {
    this.#done += elements;
    this.#job.report({ phase: "Checking weights", done: Math.min(this.#done, this.#total), total: this.#total });
  }
}

function elementsOf(file: CheckpointFile | undefined): number {
  if (!file) return 0;
  return [...file.checkpoint.weights.tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** Notices that stand among the findings already. */
function isNoFinding({ code }: Warning): boolean {
  return code !== "pickle/foreign-class" && !code.endsWith("/training-mode");
}

function onceEach(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()];
}

function modelReport({ choice, file }: Checked): ModelReport {
  if (file) return checkpointReport(file);
  return {
    path: choice.path,
    format: "unknown",
    digest: "",
    architecture: { source: "none", name: "", evidence: "the file could not be read" },
    parameters: 0,
    taps: [],
    preprocessing: { mean: [], std: [], source: "none" },
  };
}
