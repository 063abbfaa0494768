import { join } from "node:path";
import * as vscode from "vscode";
import type { ComputeService } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import type { Log } from "../log.ts";
import { inversionCommand, isInversion } from "../panels/inversionQuestion.ts";
import { terminalCommand } from "../panels/question.ts";
import { newInversionQuestion, newQuestion } from "../question.ts";
import type { RecentComparison, RecentComparisons } from "../views/recentComparisons.ts";
import { type ArchitectureParts, architectureOf, exportOf } from "./architecture.ts";
import {
  type CompareParts,
  compare,
  compareWithBaseline,
  type InvertParts,
  invert,
  selectBaseline,
} from "./compare.ts";
import { complaining } from "./complaints.ts";
import { inspect, openReport } from "./open.ts";
import { clearStore, restartCompute, showWork } from "./upkeep.ts";

export interface CommandParts
  extends Omit<CompareParts, "architectures">,
    Omit<InvertParts, "architectures">,
    ArchitectureParts {
  readonly compute: ComputeService;
  readonly recent: RecentComparisons;
  readonly log: Log;
  /** Absolute path of the folder with the sample's networks. */
  readonly sample: string;
}

/** Every command of the extension, by its id in `package.json`. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { baseline, compute, recent, log } = parts;
  const commands: Record<string, (...args: readonly unknown[]) => unknown> = {
    "likeness.compare": (uri, uris) => compare(parts, uri, uris),
    "likeness.invert": (uri, uris) => invert(parts, uri, uris),
    "likeness.selectBaseline": (uri) => selectBaseline(parts, uri),
    "likeness.compareWithBaseline": (uri, uris) => compareWithBaseline(parts, uri, uris),
    "likeness.clearBaseline": () => baseline.clear(),
    "likeness.inspect": inspect,
    "likeness.openReport": openReport,
    // With a folder, the sample that was copied there: for a task of the copy's own.
    "likeness.openSample": (folder) =>
      parts.open(newQuestion(sampleNetworks(typeof folder === "string" ? folder : parts.sample), () => undefined)),
    "likeness.invertSample": () => parts.invert(newInversionQuestion(sampleNetworks(parts.sample), () => undefined)),
    "likeness.chooseArchitecture": (uri) => architectureOf(parts, uri),
    "likeness.exportArchitecture": (uri) => exportOf(parts, uri),
    "likeness.openRecent": (comparison) => openRecent(parts, comparison as RecentComparison, false),
    "likeness.compareAgain": (comparison) => openRecent(parts, comparison as RecentComparison, true),
    "likeness.removeRecent": (comparison) => recent.remove(comparison as RecentComparison),
    "likeness.copyCommandLine": copyCommandLine,
    "likeness.showWork": () => showWork(compute),
    "likeness.showLog": () => log.show(),
    "likeness.restartCompute": () => restartCompute(compute),
    "likeness.clearStore": () => clearStore(compute),
  };
  const registered = new Disposables();
  for (const [id, obey] of Object.entries(commands)) {
    registered.add(vscode.commands.registerCommand(id, (...args) => complaining(log, () => obey(...args))));
  }
  return registered;
}

/** Two networks of the sample that solve one task by different features. */
function sampleNetworks(folder: string): readonly vscode.Uri[] {
  return ["ears-seed0.onnx", "tail-seed0.onnx"].map((name) => vscode.Uri.file(join(folder, name)));
}

function openRecent(
  { open, invert: openInversion }: CommandParts,
  { question }: RecentComparison,
  anew: boolean,
): void {
  if (isInversion(question)) openInversion(question, anew);
  else open(question, anew);
}

/** Copies the question of a recent comparison as a command for the terminal of the machine it runs on. */
async function copyCommandLine(asked: unknown): Promise<void> {
  const { question } = asked as RecentComparison;
  await vscode.env.clipboard.writeText(isInversion(question) ? inversionCommand(question) : terminalCommand(question));
  vscode.window.setStatusBarMessage(vscode.l10n.t("Command line copied"), 3000);
}
