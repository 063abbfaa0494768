import * as vscode from "vscode";
import type { Baseline } from "./baseline.ts";

/** Marks the baseline wherever the editor lists files: the badge answers "which one did I choose?". */
export class BaselineDecorations implements vscode.FileDecorationProvider {
  readonly onDidChangeFileDecorations: vscode.Event<vscode.Uri[]>;
  private readonly baseline: Baseline;

  constructor(baseline: Baseline) {
    this.baseline = baseline;
    this.onDidChangeFileDecorations = baseline.onDidChange;
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    return this.baseline.is(uri) ? new vscode.FileDecoration("◆", vscode.l10n.t("Baseline of Likeness")) : undefined;
  }
}
