import type * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import type { ComparisonIntent, ComparisonQuestion, ComparisonState, ReportIntent } from "../../protocol/view.ts";
import type { ComputeService } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import type { AskedQuestions } from "./askedQuestions.ts";
import { ComparisonSession } from "./comparisonSession.ts";
import { surfaceOf } from "./panelSurface.ts";
import type { Changeable, QuestionChanges } from "./questionChanges.ts";
import { type ReportSource, ReportWebview, type SharedActions } from "./reportWebview.ts";

/** What the page of a comparison says that is not served for every report alike. */
export type OwnComparisonIntent = Exclude<ComparisonIntent, ReportIntent>;

export interface PanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly actions: SharedActions;
  readonly changes: QuestionChanges;
  readonly asked: Pick<AskedQuestions, "note">;
  readonly finished: (question: ComparisonQuestion, report: Report) => void;
  /** Asks of the same models what each one uses. */
  readonly invert: (question: ComparisonQuestion) => void;
}

/** One comparison in a panel of its own. It runs until it is done, also while nobody looks. */
export class ComparisonPanel
  implements ReportSource<ComparisonState, OwnComparisonIntent>, Changeable<ComparisonQuestion>
{
  readonly view: ReportWebview<ComparisonState, OwnComparisonIntent>;
  private readonly session: ComparisonSession;
  private readonly options: PanelOptions;

  constructor(panel: vscode.WebviewPanel, question: ComparisonQuestion, options: PanelOptions) {
    const { compute, finished, extensionUri, actions } = options;
    this.options = options;
    const surface = surfaceOf(panel);
    this.session = new ComparisonSession(question, { compute, surface, finished, show: () => this.view.show() });
    this.view = new ReportWebview(panel, this, { page: "comparison", extensionUri, actions });
    panel.iconPath = extensionUri.with({ path: `${extensionUri.path}/media/icons/comparison.svg` });
    panel.title = comparisonTitle(question.models.map(({ path }) => path));
    panel.onDidDispose(() => this.session.dispose());
    this.run(question);
  }

  get state(): ComparisonState {
    return this.session.state;
  }

  get question(): ComparisonQuestion {
    return this.session.question;
  }

  get probe(): string | undefined {
    return this.state.report?.probe?.path;
  }

  /** Asks again, perhaps something else of the same models. */
  run(question: ComparisonQuestion): void {
    this.options.asked.note(this.view.panel.title, question);
    void this.session.run(question);
  }

  cancel(): void {
    this.session.cancel();
  }

  take(intent: OwnComparisonIntent): void {
    if (intent.type === "invert") this.options.invert(this.question);
    else this.options.changes.take(intent, this);
  }
}
