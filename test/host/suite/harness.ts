import * as vscode from "vscode";

/** The least that the tests inside the extension host need of a test runner. */
export type Case = (note: (text: string) => void) => void | Promise<void>;

/** Waits until something is so: much of the editor's state follows a call with a delay. */
export async function eventually<Value>(
  what: string,
  find: () => Value | undefined | false,
  seconds = 20,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A file of the workspace. */
export function file(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error("no folder is open");
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Waits for a tab, by its name and by what is in it. */
export function tab(label: string, viewType: string): Promise<vscode.Tab> {
  const open = (): string =>
    allTabs()
      .map((each) => `${each.label} (${viewTypeOf(each) ?? "?"})`)
      .join(", ");
  const find = (): vscode.Tab | undefined =>
    allTabs().find((each) => each.label === label && viewTypeOf(each)?.endsWith(viewType));
  return eventually(`${label} of ${viewType}`, find).catch((error: Error) => {
    throw new Error(`${error.message}; open are: ${open()}`);
  });
}

export async function closeTabs(): Promise<void> {
  await vscode.window.tabGroups.close(allTabs());
}

function allTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
}

function viewTypeOf({ input }: vscode.Tab): string | undefined {
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputWebview ? input.viewType : undefined;
}
