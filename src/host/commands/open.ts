import * as vscode from "vscode";
import { activeCheckpoint, givenCheckpoints } from "./checkpoints.ts";
import { pickCheckpoints } from "./pickCheckpoints.ts";

/** Opens a checkpoint's summary. */
export async function inspect(uri?: unknown): Promise<void> {
  const given = givenCheckpoints(uri, undefined)[0] ?? activeCheckpoint();
  const [file] = given
    ? [given]
    : ((await pickCheckpoints({
        title: vscode.l10n.t("Show Checkpoint Summary"),
        placeholder: vscode.l10n.t("Choose a checkpoint"),
        least: 1,
        exactlyOne: true,
      })) ?? []);
  if (file !== undefined) await vscode.commands.executeCommand("vscode.openWith", file, "likeness.checkpoint");
}

/** Opens a saved report as a panel. */
export async function openReport(uri?: unknown): Promise<void> {
  const [file] =
    uri instanceof vscode.Uri
      ? [uri]
      : ((await vscode.window.showOpenDialog({
          title: vscode.l10n.t("Open Saved Report"),
          filters: { [vscode.l10n.t("Reports")]: ["json"] },
        })) ?? []);
  if (file !== undefined) await vscode.commands.executeCommand("vscode.openWith", file, "likeness.report");
}
