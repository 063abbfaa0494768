import { basename, extname } from "node:path";
import * as vscode from "vscode";
import type { ArchitectureChoices } from "../architecture/architectureChoices.ts";
import type { ArchitectureDesk } from "../architecture/architectureDesk.ts";
import { folderOf } from "../places.ts";
import { activeCheckpoint, givenCheckpoints } from "./checkpoints.ts";
import { pickCheckpoints } from "./pickCheckpoints.ts";

/** Commands that say where a checkpoint's architecture is from. */
export interface ArchitectureParts {
  readonly architectures: ArchitectureChoices;
  readonly desk: Pick<ArchitectureDesk, "choose" | "exportWithPython">;
}

/** Asks where a checkpoint's architecture is to come from, and remembers it for its run. */
export async function architectureOf(parts: ArchitectureParts, uri?: unknown): Promise<void> {
  const { architectures } = parts;
  const path = await checkpointOf(uri, vscode.l10n.t("Choose Architecture"));
  if (path === undefined) return;
  const architecture = architectures.of(path);
  const chosen = await parts.desk.choose({ path, ...(architecture !== undefined && { architecture }) });
  if (chosen === undefined) return;
  architectures.choose(path, chosen.path);
  tell(path, chosen.path);
}

/** Makes a donor for a checkpoint with the user's Python, and uses it for its run. */
export async function exportOf(parts: ArchitectureParts, uri?: unknown): Promise<void> {
  const path = await checkpointOf(uri, vscode.l10n.t("Export Architecture with Python"));
  const exported = path && (await parts.desk.exportWithPython(path));
  if (path === undefined || exported === undefined || exported === "") return;
  parts.architectures.choose(path, exported);
  tell(path, exported);
}

async function checkpointOf(uri: unknown, title: string): Promise<string | undefined> {
  const given = givenCheckpoints(uri, undefined)[0] ?? activeCheckpoint();
  if (given !== undefined) return given.fsPath;
  const placeholder = vscode.l10n.t("Choose a checkpoint");
  const [picked] = (await pickCheckpoints({ title, placeholder, least: 1, exactlyOne: true })) ?? [];
  return picked?.fsPath;
}

function tell(path: string, architecture: string | undefined): void {
  const run = [folderOf(vscode.Uri.file(path)), `*${extname(path)}`].filter((part) => part !== "").join("/");
  void vscode.window.showInformationMessage(
    architecture === undefined
      ? vscode.l10n.t("The architecture of {0} is found automatically again.", run)
      : vscode.l10n.t("The architecture of {0} is now from {1}.", run, basename(architecture)),
  );
}
