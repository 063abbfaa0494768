import type * as vscode from "vscode";
import type { ComparisonQuestion, InversionQuestion, ModelQuestion } from "../protocol/view.ts";
import { newInversion } from "./panels/inversionQuestion.ts";
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
    models: modelsOf(files, architectureOf).map((model) => ({ ...model, ...(taps && { taps }) })),
    ...(samples !== undefined && { samples }),
    batch,
    estimator,
    // Every measure that there is: they all come from the same Grams.
    measures: ["all"],
  };
}

/** What each of some files uses, as it is by default. */
export function newInversionQuestion(
  files: readonly vscode.Uri[],
  architectureOf: (path: string) => string | undefined,
): InversionQuestion {
  return newInversion(modelsOf(files, architectureOf));
}

function modelsOf(
  files: readonly vscode.Uri[],
  architectureOf: (path: string) => string | undefined,
): readonly ModelQuestion[] {
  return files.map(({ fsPath }) => {
    const architecture = architectureOf(fsPath);
    return { path: fsPath, ...(architecture !== undefined && { architecture }) };
  });
}
