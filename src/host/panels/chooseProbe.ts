import * as vscode from "vscode";

/** What was chosen: a path, or `undefined` in it for what `likeness.json` names or synthetic images. */
export interface ChosenProbe {
  readonly path: string | undefined;
}

const mostListed = 40;

/**
 * Asks for the samples to compare on; `undefined` where nothing was chosen.
 *
 * @param present absolute path of what is compared on now.
 */
export async function chooseProbe(present: string | undefined): Promise<ChosenProbe | undefined> {
  type Item = vscode.QuickPickItem & { choose(): Promise<ChosenProbe | undefined> };
  const listed = await vscode.workspace.findFiles("**/*.probe.json", "**/{node_modules,.venv}/**", mostListed);
  const items: Item[] = listed.map(
    (uri): Item => ({
      label: vscode.workspace.asRelativePath(uri),
      ...(uri.fsPath === present && { description: vscode.l10n.t("used now") }),
      choose: async () => ({ path: uri.fsPath }),
    }),
  );
  items.sort((a, b) => a.label.localeCompare(b.label));
  items.push(
    { label: "", kind: vscode.QuickPickItemKind.Separator, choose: async () => undefined },
    {
      label: `$(file) ${vscode.l10n.t("File…")}`,
      detail: "*.probe.json, .npy, .npz, IDX, CIFAR-10 binary",
      choose: () => browse(false),
    },
    {
      label: `$(folder) ${vscode.l10n.t("Folder of Images…")}`,
      detail: vscode.l10n.t("Class folders become labels"),
      choose: () => browse(true),
    },
    {
      label: `$(discard) ${vscode.l10n.t("As Found")}`,
      detail: vscode.l10n.t("What the nearest likeness.json names, or synthetic images"),
      choose: async () => ({ path: undefined }),
    },
  );
  const item = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Samples to compare on"),
    matchOnDetail: true,
  });
  return item?.choose();
}

async function browse(isFolder: boolean): Promise<ChosenProbe | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Samples to compare on"),
      openLabel: vscode.l10n.t("Use as Probe"),
      canSelectFiles: !isFolder,
      canSelectFolders: isFolder,
    })) ?? [];
  return uri === undefined ? undefined : { path: uri.fsPath };
}
