import { basename } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";

/**
 * Endings of files that may hold a network or its weights. `package.json` says the same in its `when` clauses, which have
 * to be static: a context key would be absent until the extension runs.
 */
export const checkpointEndings = [
  "onnx",
  "safetensors",
  "pt",
  "pth",
  "th",
  "ckpt",
  "pt2",
  "bin",
  "h5",
  "hdf5",
  "keras",
  "gguf",
  "msgpack",
  "pth.tar",
  "pt.best",
  "pt.latest",
] as const;

const ending = new RegExp(`\\.(${checkpointEndings.join("|").replaceAll(".", "\\.")})$`, "i");

/** Whether a file is, by its name, a checkpoint; what it is in truth its content says when it is opened. */
export function isCheckpointName(uri: vscode.Uri): boolean {
  return ending.test(basename(uri.path));
}

/**
 * The files that a command was called with: the Explorer gives the one under the pointer and all that are selected, a
 * view gives one, the palette none. What is no checkpoint by its name (a folder, a note between two of them) is left
 * out where others are; the same file counts once.
 * @throws Failure `editor/not-a-file` for a file that is not on this machine's disk
 */
export function givenCheckpoints(uri: unknown, uris: unknown): readonly vscode.Uri[] {
  const all = (Array.isArray(uris) && uris.length > 0 ? uris : [uri]).filter((item) => item instanceof vscode.Uri);
  const checkpoints = all.filter(isCheckpointName);
  const chosen = checkpoints.length > 0 ? checkpoints : all;
  const remote = chosen.find(({ scheme }) => scheme !== "file");
  if (remote !== undefined) {
    throw new Failure("editor/not-a-file", vscode.l10n.t("{0} is not a file on this machine.", remote.toString()), {
      hint: vscode.l10n.t("Save a copy of it in a folder, and open that."),
    });
  }
  return [...new Map(chosen.map((item) => [item.toString(), item])).values()];
}

/** The checkpoint whose summary is in front, if one is. */
export function activeCheckpoint(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isSummary = input instanceof vscode.TabInputCustom && input.viewType.startsWith("likeness.checkpoint");
  return isSummary && input.uri.scheme === "file" ? input.uri : undefined;
}
