import * as vscode from "vscode";
import { Failure, failureRecord } from "../../core/failure.ts";
import { measureIds } from "../../core/measures/measures.ts";
import { parseReport } from "../../core/report/validate.ts";
import type { ComparisonIntent, ComparisonQuestion, ComparisonState } from "../../protocol/view.ts";
import { type ComparisonSource, ComparisonWebview, type SharedActions } from "./comparisonWebview.ts";
import { questionOf, terminalCommand } from "./question.ts";

/** A report of 200 × 200 layers in two measures takes 4 MB. */
const mostBytes = 128 * 2 ** 20;

const noQuestion: ComparisonQuestion = { models: [], batch: 0, estimator: "auto", measures: [] };

/** Opens a report that was saved as JSON as the panel that it came from. It is read, and validated, each time. */
export class SavedReports implements vscode.CustomReadonlyEditorProvider {
  private readonly extensionUri: vscode.Uri;
  private readonly actions: SharedActions;
  /** Told of each view that opens. */
  private readonly opened: (view: ComparisonWebview) => void;

  constructor(extensionUri: vscode.Uri, actions: SharedActions, opened: (view: ComparisonWebview) => void) {
    this.extensionUri = extensionUri;
    this.actions = actions;
    this.opened = opened;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const source = new SavedReport(uri);
    const view = new ComparisonWebview(panel, this.extensionUri, source, this.actions);
    source.changed = () => view.show();
    this.opened(view);
    await source.read();
  }
}

class SavedReport implements ComparisonSource {
  state: ComparisonState | undefined;
  changed: () => void = () => {};
  private readonly uri: vscode.Uri;

  constructor(uri: vscode.Uri) {
    this.uri = uri;
  }

  /** There is nothing to run: asking again reads the file again. */
  take(intent: ComparisonIntent): void {
    if (intent.type === "run") void this.read();
  }

  async read(): Promise<void> {
    this.state = await savedState(this.uri);
    this.changed();
  }
}

async function savedState(uri: vscode.Uri): Promise<ComparisonState> {
  const common = { type: "comparison", measures: measureIds, saved: true } as const;
  try {
    const report = parseReport(await readText(uri));
    const question = questionOf(report);
    return { ...common, question, report, commandLine: terminalCommand(question), status: { kind: "done" } };
  } catch (error) {
    const failure = { file: uri.fsPath, ...failureRecord(error) };
    return { ...common, question: noQuestion, commandLine: "", status: { kind: "failed", failure } };
  }
}

async function readText(uri: vscode.Uri): Promise<string> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > mostBytes) {
    throw new Failure(
      "report/too-large",
      `The file takes ${Math.round(size / 2 ** 20)} MB, and a report at most 128.`,
      {
        hint: "Look at it with the command line, or compare fewer layers.",
      },
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Failure("report/not-json", "This is not text in UTF-8, as JSON is.");
  }
}
