import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { Failure, failureRecord } from "../../core/failure.ts";
import { measureIds } from "../../core/measures/measures.ts";
import type { Report } from "../../core/report/report.ts";
import { parseReport } from "../../core/report/validate.ts";
import type { ComparisonQuestion, ComparisonState, InversionState, QuestionIntent } from "../../protocol/view.ts";
import { picturesBeside } from "./exportFiles.ts";
import { inversionCommand, inversionQuestionOf } from "./inversionQuestion.ts";
import { questionOf, terminalCommand } from "./question.ts";
import { type ReportSource, ReportWebview, type ReportWebviewOptions, type SharedActions } from "./reportWebview.ts";

/** A report of 200 × 200 layers in two measures takes 4 MB. */
const mostBytes = 128 * 2 ** 20;

const noQuestion: ComparisonQuestion = { models: [], batch: 0, estimator: "auto", measures: [] };

type SavedState = ComparisonState | InversionState;
/** A page may ask more of a host; of a saved report there is nothing else. */
type SavedIntent = QuestionIntent<unknown>;
export type SavedView = ReportWebview<SavedState, SavedIntent>;

/** Opens a report that was saved as JSON as the panel that it came from. It is read, and validated, each time. */
export class SavedReports implements vscode.CustomReadonlyEditorProvider {
  private readonly extensionUri: vscode.Uri;
  private readonly actions: SharedActions;
  /** Told of each view that opens. */
  private readonly opened: (view: SavedView) => void;

  constructor(extensionUri: vscode.Uri, actions: SharedActions, opened: (view: SavedView) => void) {
    this.extensionUri = extensionUri;
    this.actions = actions;
    this.opened = opened;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { extensionUri, actions } = this;
    const source = new SavedReport(uri, panel, { extensionUri, actions }, this.opened);
    await source.read();
  }
}

class SavedReport implements ReportSource<SavedState, SavedIntent> {
  state: SavedState | undefined;
  private view: SavedView | undefined;
  private readonly uri: vscode.Uri;
  private readonly panel: vscode.WebviewPanel;
  private readonly options: Pick<ReportWebviewOptions, "extensionUri" | "actions">;
  private readonly opened: (view: SavedView) => void;

  constructor(
    uri: vscode.Uri,
    panel: vscode.WebviewPanel,
    options: Pick<ReportWebviewOptions, "extensionUri" | "actions">,
    opened: (view: SavedView) => void,
  ) {
    this.uri = uri;
    this.panel = panel;
    this.options = options;
    this.opened = opened;
  }

  /** There is nothing to run: asking again reads the file again. */
  take(intent: SavedIntent): void {
    if (intent.type === "run") void this.read();
  }

  /** What the file holds decides which page shows it. */
  async read(): Promise<void> {
    const before = this.state?.type;
    const pictures = (folder: string): string => String(this.panel.webview.asWebviewUri(vscode.Uri.file(folder)));
    this.state = await savedState(this.uri, pictures);
    if (this.state.type === before) {
      this.view?.show();
      return;
    }
    this.view?.dispose();
    const folder = this.state.type === "inversion" ? this.state.report?.inversion?.images : undefined;
    const folders = folder === undefined ? [] : [vscode.Uri.file(folder)];
    this.view = new ReportWebview(this.panel, this, { ...this.options, page: this.state.type, folders });
    this.opened(this.view);
  }
}

async function savedState(uri: vscode.Uri, addressOf: (folder: string) => string): Promise<SavedState> {
  try {
    const report = parseReport(await readText(uri));
    return report.inversion === undefined ? savedComparison(report) : savedInversion(report, uri, addressOf);
  } catch (error) {
    const failure = { file: uri.fsPath, ...failureRecord(error) };
    const status = { kind: "failed", failure } as const;
    return { type: "comparison", measures: measureIds, saved: true, question: noQuestion, commandLine: "", status };
  }
}

function savedComparison(report: Report): ComparisonState {
  const question = questionOf(report);
  const commandLine = terminalCommand(question);
  return {
    type: "comparison",
    measures: measureIds,
    saved: true,
    question,
    report,
    commandLine,
    status: { kind: "done" },
  };
}

/** Pictures lie beside the file, where they went with it, or where they were made. */
function savedInversion(report: Report, { fsPath }: vscode.Uri, addressOf: (folder: string) => string): InversionState {
  const question = inversionQuestionOf(report);
  const images = [picturesBeside(fsPath), report.inversion?.images].find(
    (folder) => folder !== undefined && existsSync(folder),
  );
  return {
    type: "inversion",
    question,
    // What says where they lie is what the page may read.
    report: { ...report, ...(report.inversion && { inversion: located(report.inversion, images) }) },
    curves: [],
    ...(images !== undefined && { pictures: addressOf(images) }),
    commandLine: inversionCommand(question),
    saved: true,
    status: { kind: "done" },
  };
}

function located<Block extends { readonly images?: string }>(
  { images: _before, ...block }: Block,
  images: string | undefined,
): Omit<Block, "images"> & { readonly images?: string } {
  return { ...block, ...(images !== undefined && { images }) };
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
