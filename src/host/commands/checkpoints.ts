import { basename } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";

/** Endings of files that may hold a network or its weights. `.ts` is TypeScript's, whatever TorchScript writes. */
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
  "jit",
  "torchscript",
  "model",
] as const;

/** Whole names, as regular expressions, of files that stand for a checkpoint of several files. */
const mainFiles = [
  "model\\.json",
  "saved_model\\.pb",
  ".*\\.(safetensors|bin)\\.index\\.json",
  ".*(ckpt|checkpoint|model|variables|weights).*\\.index",
];

/** The same for what trainings write beside a checkpoint, or a part of it: nothing to be chosen alone. */
const companions = [
  "(optimizer|scheduler|lr_scheduler|scaler|sampler)([._-]?\\d+)?\\.\\w+",
  "(rng_state|random_states|training_args|events\\.out).*",
  ".*optim_states\\.pt",
  ".*-\\d{5}-of-\\d{5}\\.\\w+",
  "group\\d+-shard\\d+of\\d+\\.bin",
  "(tokenizer|spiece|spm|sentencepiece.*)\\.model",
];

/** How trainings name the folders that they write a checkpoint to. */
const folders = [
  "(checkpoint|ckpt|epoch|step|iter)[-_=]?\\d+",
  "(best|last|final|latest)[-_]?(model|checkpoint|ckpt)",
  "(.*[-_.])?(saved_?model|tfjs)([-_.].*)?",
];

/**
 * Files that are one logical checkpoint by their name, and folders. `package.json` says the same in its `when` clauses,
 * which have to be static: a context key would be absent until the extension runs.
 */
export const checkpointFilePattern = `^(?!(${companions.join("|")})$)(.*\\.(${checkpointEndings.join("|").replaceAll(".", "\\.")})|${mainFiles.join("|")})$`;
export const checkpointFolderPattern = `^(${folders.join("|")})$`;

const [file, folder] = [checkpointFilePattern, checkpointFolderPattern].map((pattern) => new RegExp(pattern, "i"));

/** Whether a file or folder is, by its name, a checkpoint; what it is in truth its content says when it is opened. */
export function isCheckpointName(uri: vscode.Uri): boolean {
  const name = basename(uri.path);
  return file?.test(name) === true || folder?.test(name) === true;
}

/** Whether a file found in the workspace is worth a line among those to choose from. */
export function isProbableCheckpoint({ path }: vscode.Uri): boolean {
  const name = basename(path);
  if (file?.test(name) !== true) return false;
  // Most `.bin` files hold data; those that hold weights are called `pytorch_model.bin` and the like.
  return !name.endsWith(".bin") || name.includes("model");
}

/** What to look for in a workspace; {@link isProbableCheckpoint} sifts it. The search knows no braces within braces. */
export const checkpointGlob = `**/{${[
  ...[...checkpointEndings, "index", "index.json"].map((ending) => `*.${ending}`),
  "model.json",
  "saved_model.pb",
].join(",")}}`;

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
