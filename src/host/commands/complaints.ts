import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";
import type { Log } from "../log.ts";

/** Runs a command's work; what goes wrong is said in a message, with a way to the log. What was cancelled needs no word. */
export async function complaining(log: Log, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure && error.code === "cancelled") return;
    log.error(error);
    const showLog = vscode.l10n.t("Show Log");
    const answer = await vscode.window.showErrorMessage(sentence(error), showLog);
    if (answer === showLog) log.show();
  }
}

function sentence(error: unknown): string {
  if (!(error instanceof Failure)) return error instanceof Error ? error.message : String(error);
  const { file, message, hint } = error;
  return [file && `${file}:`, message, hint].filter((part) => part !== undefined && part !== "").join(" ");
}
