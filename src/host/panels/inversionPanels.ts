import * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import type { InversionQuestion } from "../../protocol/view.ts";
import { type ArchitectureChoices, withChoices } from "../architecture/architectureChoices.ts";
import type { ComputeService } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import { webviewOptions } from "../webviewHtml.ts";
import type { AskedQuestions } from "./askedQuestions.ts";
import type { InversionFolders } from "./inversionFolders.ts";
import { InversionPanel, type InversionPanelOptions } from "./inversionPanel.ts";
import { areSameInversions, keptInversion } from "./inversionQuestion.ts";
import { haveSameModels } from "./question.ts";
import type { QuestionChanges } from "./questionChanges.ts";
import type { SharedActions } from "./reportWebview.ts";

/** View type, as `package.json` names it. */
export const inversionViewType = "likeness.inversion";

export interface InversionPanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly architectures: Pick<ArchitectureChoices, "of">;
  readonly changes: QuestionChanges;
  readonly actions: SharedActions;
  readonly asked: AskedQuestions;
  readonly folders: InversionFolders;
  readonly compare: InversionPanelOptions["compare"];
}

export interface FinishedInversion {
  readonly question: InversionQuestion;
  readonly report: Report;
}

/** All panels of inversions that are open. */
export class InversionPanels {
  private readonly options: InversionPanelsOptions;
  private readonly panels = new Set<InversionPanel>();
  private readonly finished = new vscode.EventEmitter<FinishedInversion>();
  /** Fires when inversions have all their numbers. */
  readonly onDidFinish = this.finished.event;

  constructor(options: InversionPanelsOptions) {
    this.options = options;
  }

  /**
   * Shows what each of some models uses: in the panel that has these models where there is one, else in a new one, beside
   * the code. What is known already is kept unless it is wanted `anew`, from files that have changed.
   */
  open(question: InversionQuestion, anew = false): void {
    const known = [...this.panels].find((panel) => haveSameModels(panel.question, question));
    if (known !== undefined) {
      known.view.panel.reveal();
      if (anew || !areSameInversions(known.question, question) || known.state.status.kind !== "done")
        known.run(question);
      return;
    }
    const { ViewColumn } = vscode;
    const column = vscode.window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      inversionViewType,
      vscode.l10n.t("What Each One Uses"),
      column,
      webviewOptions(this.options.extensionUri),
    );
    this.take(panel, question, !anew);
  }

  /** What the editor calls on our behalf: panels to be restored. */
  register(): vscode.Disposable {
    const registered = new Disposables();
    registered.add(this.finished);
    registered.add(
      vscode.window.registerWebviewPanelSerializer(inversionViewType, {
        deserializeWebviewPanel: async (panel, kept) => {
          const question = keptInversion(kept) ?? keptInversion(this.options.asked.of(panel.title));
          if (question === undefined) panel.dispose();
          else this.take(panel, withChoices(question, this.options.architectures), true);
        },
      }),
    );
    return registered;
  }

  private take(panel: vscode.WebviewPanel, question: InversionQuestion, isRestored: boolean): void {
    const { architectures: _architectures, ...options } = this.options;
    const finished = (asked: InversionQuestion, report: Report): void =>
      this.finished.fire({ question: asked, report });
    const made = new InversionPanel(panel, question, { ...options, finished }, isRestored);
    this.panels.add(made);
    panel.onDidDispose(() => this.panels.delete(made));
  }
}
