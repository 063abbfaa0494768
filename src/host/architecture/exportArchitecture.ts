import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";
import { type ExportRun, runExport } from "./exportRun.ts";
import { pythonInterpreter } from "./pythonInterpreter.ts";

export interface ExportParts {
  /** Absolute path of the script that is run. */
  readonly script: string;
  /** Remembers what was answered last. */
  readonly memento: vscode.Memento;
  readonly log: (line: string) => void;
}

/** What the user said is to be built. */
interface Network {
  /** `file.py:Name(arguments)`. */
  readonly network: string;
  /** Sizes of one sample: `3,32,32`, or `int64:128` for tokens. */
  readonly shape: string;
}

const stateKey = "likeness.export";

/**
 * Has the user's own Python build a network and write down its architecture, beside a checkpoint: asked for, in a trusted
 * workspace, and agreed to in a dialog that says what will be run.
 * @param checkpoint absolute path.
 * @returns absolute path of the file that was written; `undefined` where the user gave up.
 * @throws Failure `export/not-trusted`, and those of the interpreter and the run.
 */
export async function exportArchitecture(
  checkpoint: string,
  { script, memento, log }: ExportParts,
): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    throw new Failure("export/not-trusted", vscode.l10n.t("No Python is run in a workspace that is not trusted."));
  }
  const resource = vscode.Uri.file(checkpoint);
  const interpreter = await pythonInterpreter(resource);
  const asked = await askNetwork(checkpoint, memento);
  if (asked === undefined) return undefined;
  const out = join(dirname(checkpoint), "architecture");
  const run: ExportRun = {
    interpreter,
    args: [script, "--network", asked.network, "--shape", asked.shape, "--out", out],
    folder: vscode.workspace.getWorkspaceFolder(resource)?.uri.fsPath ?? dirname(checkpoint),
  };
  if (!(await agrees(run))) return undefined;
  await memento.update(stateKey, asked);
  log([run.interpreter, ...run.args].join(" "));
  const title = vscode.l10n.t("Exporting the architecture with Python");
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, (_progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    return runExport(run, stop.signal, log);
  });
}

async function askNetwork(checkpoint: string, memento: vscode.Memento): Promise<Network | undefined> {
  const before = memento.get<Network>(stateKey);
  const title = vscode.l10n.t("Export Architecture with Python");
  const network = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("What builds the network of {0}, with arguments where it takes some", basename(checkpoint)),
    placeHolder: "train.py:Net(num_classes=10)",
    value: before?.network ?? "",
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[^:]+:[A-Za-z_][\w.]*(\(.*\))?$/.test(text.trim())
        ? undefined
        : vscode.l10n.t("A file or module, a colon, and a class or function: train.py:Net"),
  });
  if (network === undefined) return undefined;
  const shape = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("Sizes of one sample, without the number of samples; int64:128 for 128 tokens"),
    placeHolder: "3,224,224",
    value: before?.shape ?? "3,224,224",
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^(int64:)?\d+(\s*,\s*\d+)*$/.test(text.trim())
        ? undefined
        : vscode.l10n.t("Whole numbers with commas between them: 3,224,224"),
  });
  return shape === undefined ? undefined : { network: network.trim(), shape: shape.replaceAll(/\s/g, "") };
}

/** Whether the user wants this to be run, seen word for word. */
async function agrees({ interpreter, args, folder }: ExportRun): Promise<boolean> {
  const go = vscode.l10n.t("Run");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Run your Python code to write down the architecture?"),
    {
      modal: true,
      detail: [
        vscode.l10n.t("Interpreter: {0}", interpreter),
        vscode.l10n.t("Folder: {0}", folder),
        vscode.l10n.t("Command: {0}", args.join(" ")),
        "",
        vscode.l10n.t(
          "It imports your code and builds the network once, with new weights. The checkpoint is not loaded.",
        ),
      ].join("\n"),
    },
    go,
  );
  return answer === go;
}
