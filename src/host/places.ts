import * as vscode from "vscode";

/** Opens a file in its editor; a folder that is a checkpoint is shown in the Explorer. */
export async function openCheckpoint(uri: vscode.Uri): Promise<void> {
  const kind = await vscode.workspace.fs.stat(uri).then(
    ({ type }) => type,
    () => vscode.FileType.Unknown,
  );
  const isFolder = (kind & vscode.FileType.Directory) !== 0;
  await vscode.commands.executeCommand(isFolder ? "revealInExplorer" : "vscode.open", uri);
}

/** The folder that a file lies in, as the workspace names it; empty at the workspace's top. */
export function folderOf(uri: vscode.Uri): string {
  const folder = vscode.Uri.joinPath(uri, "..");
  const isTop = vscode.workspace.workspaceFolders?.some(({ uri: top }) => top.path === folder.path);
  return isTop ? "" : vscode.workspace.asRelativePath(folder);
}
