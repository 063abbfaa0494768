import { join } from "node:path";
import * as vscode from "vscode";
import { type AskedComparison, commandLine } from "../../core/commandLine.ts";
import type { ComputeService } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import type { Log } from "../log.ts";
import { newQuestion } from "../question.ts";
import type { RecentComparison, RecentComparisons } from "../views/recentComparisons.ts";
import { type ArchitectureParts, architectureOf, exportOf } from "./architecture.ts";
import { type CompareParts, compare, compareWithBaseline, selectBaseline } from "./compare.ts";
import { complaining } from "./complaints.ts";
import { inspect, openReport } from "./open.ts";
import { clearStore, restartCompute, showWork } from "./upkeep.ts";

export interface CommandParts extends Omit<CompareParts, "architectures">, ArchitectureParts {
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
    "likeness.selectBaseline": (uri) => selectBaseline(parts, uri),
    "likeness.compareWithBaseline": (uri, uris) => compareWithBaseline(parts, uri, uris),
    "likeness.clearBaseline": () => baseline.clear(),
    "likeness.inspect": inspect,
    "likeness.openReport": openReport,
    // With a folder, the sample that was copied there: for a task of the copy's own.
    "likeness.openSample": (folder) =>
      parts.open(newQuestion(sampleNetworks(typeof folder === "string" ? folder : parts.sample), () => undefined)),
    "likeness.chooseArchitecture": (uri) => architectureOf(parts, uri),
    "likeness.exportArchitecture": (uri) => exportOf(parts, uri),
    "likeness.openRecent": (comparison) => parts.open((comparison as RecentComparison).question),
    "likeness.compareAgain": (comparison) => parts.open((comparison as RecentComparison).question, true),
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

/** Copies a question, or that of a recent comparison, as a command for the terminal of the machine it runs on. */
async function copyCommandLine(asked: unknown): Promise<void> {
  const question = (asked as Partial<RecentComparison>).question ?? (asked as AskedComparison);
  await vscode.env.clipboard.writeText(commandLine(question, process.platform === "win32" ? "powershell" : "posix"));
  vscode.window.setStatusBarMessage(vscode.l10n.t("Command line copied"), 3000);
}
