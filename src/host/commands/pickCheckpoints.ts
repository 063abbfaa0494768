import { basename } from "node:path";
import * as vscode from "vscode";
import { folderOf } from "../places.ts";
import { checkpointEndings, checkpointGlob, isProbableCheckpoint } from "./checkpoints.ts";

/** Checkpoints that are listed; a folder of runs may hold thousands. */
const mostListed = 2000;

export interface Wish {
  readonly title: string;
  readonly placeholder: string;
  /** How many files have to be chosen; more may be, unless it is exactly one. */
  readonly least: number;
  readonly exactlyOne?: boolean;
  /** Not offered. */
  readonly except?: vscode.Uri | undefined;
}

interface Choice extends vscode.QuickPickItem {
  readonly uri: vscode.Uri;
}

/**
 * Lets the user choose among the checkpoints of the workspace, or any others by the button *Browse*. Runs are often
 * ignored by git and excluded from search, so neither counts here.
 * @returns `undefined` where nothing was chosen
 */
export async function pickCheckpoints(wish: Wish): Promise<readonly vscode.Uri[] | undefined> {
  const choices = await workspaceChoices(wish.except);
  if (choices.length < wish.least) return browse(wish);
  const browseButton = { iconPath: new vscode.ThemeIcon("folder-opened"), tooltip: vscode.l10n.t("Browse…") };
  const pick = vscode.window.createQuickPick<Choice>();
  pick.title = wish.title;
  pick.placeholder = wish.placeholder;
  pick.canSelectMany = wish.exactlyOne !== true;
  pick.matchOnDescription = true;
  pick.items = choices;
  pick.buttons = [browseButton];
  try {
    return await new Promise<readonly vscode.Uri[] | undefined>((resolve) => {
      pick.onDidAccept(() => {
        if (pick.selectedItems.length >= wish.least) resolve(pick.selectedItems.map(({ uri }) => uri));
        else pick.placeholder = wish.placeholder;
      });
      pick.onDidTriggerButton(() => resolve(browse(wish)));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

async function workspaceChoices(except: vscode.Uri | undefined): Promise<Choice[]> {
  const found = await vscode.workspace.findFiles(checkpointGlob, "**/{node_modules,.git}/**", mostListed);
  return found
    .filter((uri) => uri.scheme === "file" && uri.toString() !== except?.toString() && isProbableCheckpoint(uri))
    .map((uri) => ({
      uri,
      label: basename(uri.path),
      description: folderOf(uri),
    }))
    .toSorted((a, b) => byName(a.description, b.description) || byName(a.label, b.label));
}

/** By number where names differ in one: `epoch=9` before `epoch=10`. */
const { compare: byName } = new Intl.Collator(undefined, { numeric: true });

async function browse({ title, least, exactlyOne }: Wish): Promise<readonly vscode.Uri[] | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    canSelectMany: exactlyOne !== true,
    openLabel: vscode.l10n.t("Choose"),
    filters: { [vscode.l10n.t("Checkpoints")]: [...checkpointEndings], [vscode.l10n.t("All files")]: ["*"] },
  });
  if (chosen === undefined || chosen.length >= least) return chosen;
  void vscode.window.showInformationMessage(vscode.l10n.t("Choose at least {0} checkpoints.", least));
  return undefined;
}
