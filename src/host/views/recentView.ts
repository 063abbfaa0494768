import * as vscode from "vscode";
import { eitherOf } from "../disposables.ts";
import { comparisonTitle } from "../modelNames.ts";
import { inversionTitle } from "../panels/inversionPanel.ts";
import { isInversion } from "../panels/inversionQuestion.ts";
import type { RecentComparison, RecentComparisons } from "./recentComparisons.ts";
import { type FilesSince, filesSince, type RecentFiles } from "./recentFiles.ts";

/** The view *Recent Comparisons*; without any, the manifest's welcome speaks. */
export class RecentView implements vscode.TreeDataProvider<RecentComparison> {
  readonly onDidChangeTreeData: vscode.Event<void>;
  private readonly recent: RecentComparisons;

  constructor(recent: RecentComparisons, files: RecentFiles) {
    this.recent = recent;
    this.onDidChangeTreeData = eitherOf(recent.onDidChange, files.onDidChange);
  }

  getChildren(element?: RecentComparison): RecentComparison[] {
    return element === undefined ? [...this.recent.all] : [];
  }

  async getTreeItem(comparison: RecentComparison): Promise<vscode.TreeItem> {
    const { question, finished, verdict } = comparison;
    const paths = question.models.map(({ path }) => path);
    const item = new vscode.TreeItem(isInversion(question) ? inversionTitle(question) : comparisonTitle(paths));
    const files = await filesSince(comparison);
    item.description = [shortTime(finished), ...remark(files)].join(" · ");
    item.tooltip = [...verdict, "", ...paths].join("\n");
    item.iconPath = new vscode.ThemeIcon(isInversion(question) ? "eye" : "git-compare");
    item.contextValue = files === "changed" ? "likeness.recent.changed" : "likeness.recent";
    item.command = { command: "likeness.openRecent", title: vscode.l10n.t("Open Again"), arguments: [comparison] };
    return item;
  }
}

function remark(files: FilesSince): string[] {
  if (files === "same") return [];
  return [files === "changed" ? vscode.l10n.t("changed since") : vscode.l10n.t("no longer there")];
}

/** The time of day where it was today, else the day. */
function shortTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  if (time.toDateString() === new Date().toDateString()) {
    return time.toLocaleTimeString(vscode.env.language, { timeStyle: "short" });
  }
  return time.toLocaleDateString(vscode.env.language, { day: "numeric", month: "short" });
}
