import * as vscode from "vscode";

/** The folder that a file lies in, as the workspace names it; empty at the workspace's top. */
export function folderOf(uri: vscode.Uri): string {
  const folder = vscode.Uri.joinPath(uri, "..");
  const isTop = vscode.workspace.workspaceFolders?.some(({ uri: top }) => top.path === folder.path);
  return isTop ? "" : vscode.workspace.asRelativePath(folder);
}
