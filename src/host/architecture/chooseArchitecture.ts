import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { failureRecord } from "../../core/failure.ts";
import { type ArchitectureOption, architectures, type ModelChoice } from "../../protocol/compute.ts";
import type { ComputeService } from "../computeService.ts";
import { folderOf } from "../places.ts";

/** What was chosen: a path, or `undefined` in it for the automatic choice. */
export interface ChosenArchitecture {
  readonly path: string | undefined;
}

export interface ChooseOptions {
  readonly compute: Pick<ComputeService, "request">;
  /** Makes a donor with the user's Python; `undefined` where that was given up. Absent where no Python may be run. */
  readonly exportWithPython?: (checkpoint: string) => Promise<string | undefined>;
}

interface Item extends vscode.QuickPickItem {
  /** Absent for what cannot be chosen. */
  choose?(): Promise<ChosenArchitecture | undefined>;
}

/**
 * Asks where a checkpoint's architecture is to come from: what was found, with why it fits or does not, any other file, or
 * the user's Python. `undefined` where nothing was chosen.
 */
export async function chooseArchitecture(
  model: ModelChoice,
  { compute, exportWithPython }: ChooseOptions,
): Promise<ChosenArchitecture | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  const looking = new AbortController();
  pick.title = vscode.l10n.t("Architecture of {0}", basename(model.path));
  pick.placeholder = vscode.l10n.t("It will be that of the other checkpoints of its kind in this folder, too");
  pick.matchOnDescription = true;
  pick.busy = true;
  const ways = otherWays(model.path, exportWithPython);
  pick.items = [automatic(undefined, model), ...ways];
  const { path, weights } = model;
  const asked = { model: { path, ...(weights !== undefined && { weights }) } };
  const find = async (): Promise<void> => {
    try {
      const options = await compute.request(architectures, asked, { signal: looking.signal });
      pick.items = [automatic(options, model), ...found(options, model), ...ways];
    } catch (error) {
      // A file that cannot be read says so in its place; here there is only nothing to be listed.
      if (!looking.signal.aborted) pick.placeholder = failureRecord(error).message;
    } finally {
      if (!looking.signal.aborted) pick.busy = false;
    }
  };
  try {
    const chosen = await new Promise<Item | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const [item] = pick.selectedItems;
        if (item?.choose !== undefined) resolve(item);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
      void find();
    });
    return await chosen?.choose?.();
  } finally {
    looking.abort();
    pick.dispose();
  }
}

function automatic(options: readonly ArchitectureOption[] | undefined, model: ModelChoice): Item {
  const first = options?.find(({ fits }) => fits);
  return {
    label: `$(sparkle) ${vscode.l10n.t("Automatic")}`,
    ...marked(model.architecture === undefined),
    detail:
      options === undefined
        ? vscode.l10n.t("Looking for what fits…")
        : first === undefined
          ? vscode.l10n.t("Nothing was found that fits")
          : vscode.l10n.t("Now: {0}", nameOf(first)),
    choose: async () => ({ path: undefined }),
  };
}

/** What was found, as far as it can be named: what fits first, then what does not, with the reason. */
function found(options: readonly ArchitectureOption[], model: ModelChoice): Item[] {
  const fitting = options.filter(({ fits }) => fits);
  const others = options.filter(({ fits }) => !fits);
  const isChosen = (path: string): boolean => model.architecture === path;
  return [
    ...under(
      vscode.l10n.t("fits"),
      fitting.map((option) => {
        const path = option.path ?? model.path;
        return {
          label: `$(symbol-structure) ${option.path === undefined ? option.name : basename(option.path)}`,
          ...marked(isChosen(path), [sourceOf(option)]),
          detail: option.evidence,
          choose: async () => ({ path }),
        };
      }),
    ),
    ...under(
      vscode.l10n.t("does not fit"),
      others.map(({ path = "", evidence }) => ({
        label: `$(circle-slash) ${basename(path)}`,
        ...marked(isChosen(path), [folderOf(vscode.Uri.file(path))]),
        detail: evidence,
      })),
    ),
  ];
}

function otherWays(checkpoint: string, exportWithPython: ChooseOptions["exportWithPython"]): Item[] {
  const browse: Item = {
    label: `$(folder-opened) ${vscode.l10n.t("Browse…")}`,
    detail: vscode.l10n.t("An .onnx or .pt2 export, a TorchScript archive or a Keras model of the same network"),
    choose: () => browseFor(checkpoint),
  };
  if (exportWithPython === undefined) return under("", [browse]);
  const python: Item = {
    label: `$(terminal) ${vscode.l10n.t("Export Architecture with Python…")}`,
    detail: vscode.l10n.t("Runs your code that builds the network, once; the checkpoint is not loaded by it"),
    choose: async () => {
      const path = await exportWithPython(checkpoint);
      return path === undefined ? undefined : { path };
    },
  };
  return under("", [browse, python]);
}

function under(label: string, items: readonly Item[]): Item[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}

/** The description of an item, which says also whether it is what was chosen. */
function marked(isChosen: boolean, parts: readonly string[] = []): { readonly description?: string } {
  const all = [...parts, isChosen ? vscode.l10n.t("chosen") : ""].filter((part) => part !== "");
  return all.length === 0 ? {} : { description: all.join(" · ") };
}

function nameOf(option: ArchitectureOption): string {
  return `${option.path === undefined ? option.name : basename(option.path)}, ${sourceOf(option)}`;
}

function sourceOf({ source, path = "" }: ArchitectureOption): string {
  switch (source) {
    case "file":
      return vscode.l10n.t("the file's own graph");
    case "donor":
      return folderOf(vscode.Uri.file(path)) || vscode.l10n.t("another file");
    case "config":
      return vscode.l10n.t("as its configuration says");
    case "family":
      return vscode.l10n.t("a known family, by names and shapes of the weights");
  }
}

async function browseFor(checkpoint: string): Promise<ChosenArchitecture | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Architecture of {0}", basename(checkpoint)),
      openLabel: vscode.l10n.t("Use as Architecture"),
      defaultUri: vscode.Uri.file(dirname(checkpoint)),
      filters: {
        [vscode.l10n.t("Networks")]: ["onnx", "pt2", "pt", "pth", "jit", "ts", "torchscript", "keras", "h5", "json"],
        [vscode.l10n.t("All files")]: ["*"],
      },
    })) ?? [];
  return file === undefined ? undefined : { path: file.fsPath };
}
