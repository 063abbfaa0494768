import * as vscode from "vscode";
import { comparisonTitle } from "../modelNames.ts";
import type { RecentComparison, RecentComparisons } from "./recentComparisons.ts";

/** The view *Recent Comparisons*; without any, the manifest's welcome speaks. */
export class RecentView implements vscode.TreeDataProvider<RecentComparison> {
  readonly onDidChangeTreeData: vscode.Event<void>;
  private readonly recent: RecentComparisons;

  constructor(recent: RecentComparisons) {
    this.recent = recent;
    this.onDidChangeTreeData = recent.onDidChange;
  }

  getChildren(element?: RecentComparison): RecentComparison[] {
    return element === undefined ? [...this.recent.all] : [];
  }

  getTreeItem(comparison: RecentComparison): vscode.TreeItem {
    const { question, finished, verdict } = comparison;
    const paths = question.models.map(({ path }) => path);
    const item = new vscode.TreeItem(comparisonTitle(paths));
    item.description = shortTime(finished);
    item.tooltip = [...verdict, "", ...paths].join("\n");
    item.iconPath = new vscode.ThemeIcon("git-compare");
    item.contextValue = "likeness.recent";
    item.command = { command: "likeness.openRecent", title: vscode.l10n.t("Open Again"), arguments: [comparison] };
    return item;
  }
}

/** The time of day where it was today, else the day. */
function shortTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  if (time.toDateString() === new Date().toDateString()) {
    return time.toLocaleTimeString(vscode.env.language, { timeStyle: "short" });
  }
  return time.toLocaleDateString(vscode.env.language, { day: "numeric", month: "short" });
}
