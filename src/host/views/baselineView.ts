import { basename } from "node:path";
import * as vscode from "vscode";
import type { Baseline } from "../baseline/baseline.ts";
import type { BaselineFile } from "../baseline/baselineFile.ts";
import { eitherOf } from "../disposables.ts";
import { folderOf } from "../places.ts";

/** The view *Baseline*: the chosen file, or nothing, in which case the manifest's welcome speaks. */
export class BaselineView implements vscode.TreeDataProvider<vscode.Uri> {
  readonly onDidChangeTreeData: vscode.Event<void>;
  private readonly baseline: Baseline;
  private readonly file: BaselineFile;

  constructor(baseline: Baseline, file: BaselineFile) {
    this.baseline = baseline;
    this.file = file;
    this.onDidChangeTreeData = eitherOf(baseline.onDidChange, file.onDidChange);
  }

  getChildren(element?: vscode.Uri): vscode.Uri[] {
    const { uri } = this.baseline;
    return element === undefined && uri !== undefined ? [uri] : [];
  }

  async getTreeItem(uri: vscode.Uri): Promise<vscode.TreeItem> {
    const item = new vscode.TreeItem(basename(uri.fsPath));
    item.resourceUri = uri;
    item.contextValue = "likeness.baseline";
    item.tooltip = uri.fsPath;
    if (await this.file.exists()) {
      item.description = folderOf(uri);
      item.iconPath = vscode.ThemeIcon.File;
      item.command = { command: "likeness.inspect", title: vscode.l10n.t("Show Checkpoint Summary"), arguments: [uri] };
    } else {
      item.description = vscode.l10n.t("is no longer there");
      item.iconPath = new vscode.ThemeIcon("warning");
    }
    return item;
  }
}
