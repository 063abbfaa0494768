import * as vscode from "vscode";

/** Milliseconds for which the editor says that something was copied. */
const shown = 2500;

/** Copies a text, and says so where it disturbs nobody. */
export async function copy(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(check) ${vscode.l10n.t("Copied")}`, shown);
}
