import * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import type { InversionIntent, InversionQuestion, InversionState, ReportIntent } from "../../protocol/view.ts";
import type { ComputeService } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import type { AskedQuestions } from "./askedQuestions.ts";
import type { InversionFolders } from "./inversionFolders.ts";
import { InversionSession } from "./inversionSession.ts";
import { surfaceOf } from "./panelSurface.ts";
import type { Changeable, QuestionChanges } from "./questionChanges.ts";
import { type ReportSource, ReportWebview, type SharedActions } from "./reportWebview.ts";

/** What the page of inversions says that is not served for every report alike. */
export type OwnInversionIntent = Exclude<InversionIntent, ReportIntent>;

export interface InversionPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly actions: SharedActions;
  readonly changes: QuestionChanges;
  readonly folders: InversionFolders;
  readonly asked: Pick<AskedQuestions, "note">;
  readonly finished: (question: InversionQuestion, report: Report) => void;
  /** Compares the same models layer by layer. */
  readonly compare: (question: InversionQuestion) => void;
}

/** What each of some models uses, in a panel of its own. It runs until it is done, also while nobody looks. */
export class InversionPanel implements ReportSource<InversionState, OwnInversionIntent>, Changeable<InversionQuestion> {
  readonly view: ReportWebview<InversionState, OwnInversionIntent>;
  private readonly session: InversionSession;
  private readonly options: InversionPanelOptions;

  /** @param isRestored whether what was kept of the question is shown, where it still holds. */
  constructor(
    panel: vscode.WebviewPanel,
    question: InversionQuestion,
    options: InversionPanelOptions,
    isRestored: boolean,
  ) {
    const { compute, finished, extensionUri, actions, folders } = options;
    this.options = options;
    this.session = new InversionSession(question, {
      compute,
      surface: surfaceOf(panel),
      finished,
      folders,
      show: () => this.view.show(),
      addressOf: (folder) => String(panel.webview.asWebviewUri(vscode.Uri.file(folder))),
    });
    this.view = new ReportWebview(panel, this, {
      page: "inversion",
      extensionUri,
      actions,
      folders: [vscode.Uri.file(folders.root)],
    });
    panel.iconPath = extensionUri.with({ path: `${extensionUri.path}/media/icons/inversion.svg` });
    panel.title = inversionTitle(question);
    panel.onDidDispose(() => this.session.dispose());
    options.asked.note(panel.title, question);
    void (isRestored ? this.session.restore() : this.session.run());
  }

  get state(): InversionState {
    return this.session.state;
  }

  get question(): InversionQuestion {
    return this.session.question;
  }

  get probe(): string | undefined {
    return this.state.report?.probe?.path;
  }

  /** Asks again, perhaps something else of the same models. */
  run(question: InversionQuestion): void {
    this.options.asked.note(this.view.panel.title, question);
    void this.session.run(question);
  }

  cancel(): void {
    this.session.cancel();
  }

  take(intent: OwnInversionIntent): void {
    if (intent.type === "costs") void this.session.estimate(intent.question);
    else if (intent.type === "compare") this.options.compare(this.question);
    else this.options.changes.take(intent, this);
  }
}

/** Told apart from the comparison of the same models, which may lie beside it. */
export function inversionTitle({ models }: InversionQuestion): string {
  return vscode.l10n.t("{0}: what each uses", comparisonTitle(models.map(({ path }) => path)));
}
