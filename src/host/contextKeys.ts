import * as vscode from "vscode";

/** What the `when` clauses of `package.json` may ask about us, beside what the editor tells them. */
export interface ContextKeys {
  /** A baseline is chosen, so that *Compare with Baseline* makes sense. */
  "likeness.hasBaseline": boolean;
}

export function setContextKey<Key extends keyof ContextKeys>(key: Key, value: ContextKeys[Key]): void {
  void vscode.commands.executeCommand("setContext", key, value);
}
