import type * as vscode from "vscode";
import type { ComparisonQuestion } from "../protocol/view.ts";
import { comparisonDefaults } from "./settings.ts";

/**
 * The comparison of some files by the user's settings; the first model's folder decides which hold.
 * @param architectureOf what the user has chosen for a checkpoint's architecture before.
 */
export function newQuestion(
  files: readonly vscode.Uri[],
  architectureOf: (path: string) => string | undefined,
): ComparisonQuestion {
  const { samples, batch, estimator, taps } = comparisonDefaults(files[0]);
  return {
    models: files.map(({ fsPath }) => {
      const architecture = architectureOf(fsPath);
      return { path: fsPath, ...(architecture !== undefined && { architecture }), ...(taps && { taps }) };
    }),
    ...(samples !== undefined && { samples }),
    batch,
    estimator,
    // Every measure that there is: they all come from the same Grams.
    measures: ["all"],
  };
}
