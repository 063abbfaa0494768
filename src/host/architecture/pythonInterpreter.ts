import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";
import { pythonSetting } from "../settings.ts";

/** As much as is used here of what the Python extension gives to others. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

/**
 * Absolute path of the Python that a folder's code is run with: the setting, else what the Python extension has chosen.
 * @throws Failure `export/no-python`
 */
export async function pythonInterpreter(resource: vscode.Uri): Promise<string> {
  const python = pythonSetting() ?? (await chosenByExtension(resource));
  if (python !== undefined && isAbsolute(python)) return python;
  throw new Failure("export/no-python", vscode.l10n.t("No Python interpreter is known."), {
    hint: vscode.l10n.t(
      "Choose one with the Python extension, or name one by its absolute path in the setting likeness.python.",
    ),
  });
}

async function chosenByExtension(resource: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  const { environments } = (await extension?.activate()) ?? {};
  if (environments === undefined) return undefined;
  const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
  return resolved?.executable.uri?.fsPath;
}
