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
    item.description = new Date(finished).toLocaleString(vscode.env.language, {
      dateStyle: "short",
      timeStyle: "short",
    });
    item.tooltip = [...verdict, "", ...paths].join("\n");
    item.iconPath = new vscode.ThemeIcon("git-compare");
    item.contextValue = "likeness.recent";
    item.command = { command: "likeness.openRecent", title: vscode.l10n.t("Open Again"), arguments: [comparison] };
    return item;
  }
}
