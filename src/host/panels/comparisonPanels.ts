import * as vscode from "vscode";
import { cellsFile, reportCsv } from "../../core/report/csv.ts";
import { comparedPairs } from "../../core/report/pairs.ts";
import type { Report } from "../../core/report/report.ts";
import type { CellContext, ComparisonQuestion, OpenPair } from "../../protocol/view.ts";
import { type ArchitectureChoices, withChoices } from "../architecture/architectureChoices.ts";
import type { ComputeService } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import { webviewOptions } from "../webviewHtml.ts";
import type { AskedQuestions } from "./askedQuestions.ts";
import { copy } from "./clipboard.ts";
import { ComparisonPanel, type PanelOptions } from "./comparisonPanel.ts";
import { areSame, haveSameModels, keptQuestion } from "./question.ts";
import type { QuestionChanges } from "./questionChanges.ts";
import type { ReportState, SharedActions } from "./reportWebview.ts";
import { SavedReports } from "./savedReports.ts";

/** View types, as `package.json` names them. */
export const comparisonViewType = "likeness.comparison";
export const savedReportViewType = "likeness.report";

export interface ComparisonPanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly architectures: Pick<ArchitectureChoices, "of">;
  readonly changes: QuestionChanges;
  readonly actions: SharedActions;
  readonly asked: AskedQuestions;
  readonly invert: PanelOptions["invert"];
}

export interface FinishedComparison {
  readonly question: ComparisonQuestion;
  readonly report: Report;
}

/** As much of a report's page as the menu of a cell needs. */
export interface ReportView {
  readonly panel: vscode.WebviewPanel;
  readonly state: ReportState | undefined;
  tell(message: unknown): void;
}

/** All comparisons that are open, in panels of their own or as saved reports. */
export class ComparisonPanels {
  private readonly options: ComparisonPanelsOptions;
  private readonly panels = new Set<ComparisonPanel>();
  private readonly views = new Set<ReportView>();
  private readonly finished = new vscode.EventEmitter<FinishedComparison>();
  /** Fires when a comparison has all its numbers. */
  readonly onDidFinish = this.finished.event;

  constructor(options: ComparisonPanelsOptions) {
    this.options = options;
  }

  /**
   * Shows a comparison: the panel that has these models where there is one, else a new one, beside the code. Numbers that
   * are there already are kept unless they are wanted `anew`, from files that have changed.
   */
  open(question: ComparisonQuestion, anew = false): void {
    const known = [...this.panels].find((panel) => haveSameModels(panel.question, question));
    if (known !== undefined) {
      known.view.panel.reveal();
      if (anew || !areSame(known.question, question) || known.state.status.kind !== "done") known.run(question);
      return;
    }
    const { ViewColumn } = vscode;
    const column = vscode.window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      comparisonViewType,
      vscode.l10n.t("Comparison"),
      column,
      webviewOptions(this.options.extensionUri),
    );
    this.take(panel, question);
  }

  /** Opens a saved report as the panel it came from, whatever its file is called. */
  async openSaved(uri: vscode.Uri): Promise<void> {
    await vscode.commands.executeCommand("vscode.openWith", uri, savedReportViewType);
  }

  /** What the editor calls on our behalf: panels to be restored, saved reports, and the menu of a cell. */
  register(): vscode.Disposable {
    const registered = new Disposables();
    const { extensionUri, actions } = this.options;
    registered.add(this.finished);
    registered.add(
      vscode.window.registerWebviewPanelSerializer(comparisonViewType, {
        deserializeWebviewPanel: async (panel, kept) => {
          const question = keptQuestion(kept) ?? keptQuestion(this.options.asked.of(panel.title));
          if (question === undefined) panel.dispose();
          // The editor writes down what a view keeps now and then; what was chosen last is always known.
          else this.take(panel, withChoices(question, this.options.architectures));
        },
      }),
    );
    registered.add(
      vscode.window.registerCustomEditorProvider(
        savedReportViewType,
        new SavedReports(extensionUri, actions, (view) => this.watch(view)),
      ),
    );
    const command = (name: string, run: (cell: CellContext) => unknown) =>
      registered.add(vscode.commands.registerCommand(`likeness.panel.${name}`, run));
    command("copyValue", ({ value }) => copy(value));
    command("copyCsv", (cell) => this.copyCsv(cell));
    command("openPair", ({ row, column }) => this.activeView()?.tell(openPair(row, column)));
    return registered;
  }

  private take(panel: vscode.WebviewPanel, question: ComparisonQuestion): void {
    const { architectures: _architectures, ...options } = this.options;
    const finished = (asked: ComparisonQuestion, report: Report): void =>
      this.finished.fire({ question: asked, report });
    const comparison = new ComparisonPanel(panel, question, { ...options, finished });
    this.panels.add(comparison);
    this.watch(comparison.view);
    panel.onDidDispose(() => this.panels.delete(comparison));
  }

  private watch(view: ReportView): void {
    this.views.add(view);
    view.panel.onDidDispose(() => this.views.delete(view));
  }

  /** The view whose menu was opened: a right click makes it the active one. */
  private activeView(): ReportView | undefined {
    return [...this.views].find(({ panel }) => panel.active);
  }

  private async copyCsv({ measure, pair }: CellContext): Promise<void> {
    const report = this.activeView()?.state?.report;
    const compared = report && comparedPairs(report)[pair];
    if (report === undefined || compared === undefined) return;
    const text = reportCsv(report).get(cellsFile(report, compared, measure));
    if (text !== undefined) await copy(text);
  }
}

function openPair(row: number, column: number): OpenPair {
  return { type: "openPair", row, column };
}
