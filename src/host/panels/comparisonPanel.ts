import type * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { ComparisonIntent, ComparisonQuestion, ComparisonState } from "../../protocol/view.ts";
import { type ArchitectureChoices, withArchitecture } from "../architecture/architectureChoices.ts";
import type { ChosenArchitecture } from "../architecture/chooseArchitecture.ts";
import type { ComputeService } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import { chooseProbe } from "./chooseProbe.ts";
import { ComparisonSession } from "./comparisonSession.ts";
import { type ComparisonSource, ComparisonWebview, type SharedActions } from "./comparisonWebview.ts";

export interface PanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly actions: SharedActions;
  readonly architectures: Pick<ArchitectureChoices, "choose" | "of">;
  readonly chooseArchitecture: AskArchitecture;
  readonly finished: (question: ComparisonQuestion, report: Report) => void;
}

/** Asks where a model's architecture is to come from; gives the answer, or `undefined` where there was none. */
export type AskArchitecture = (model: ModelChoice, take: (chosen: ChosenArchitecture | undefined) => void) => unknown;

/** One comparison in a panel of its own. It runs until it is done, also while nobody looks. */
export class ComparisonPanel implements ComparisonSource {
  readonly view: ComparisonWebview;
  private readonly session: ComparisonSession;
  private readonly options: PanelOptions;

  constructor(panel: vscode.WebviewPanel, question: ComparisonQuestion, options: PanelOptions) {
    const { compute, finished, extensionUri } = options;
    this.options = options;
    const surface = {
      get visible() {
        return panel.visible;
      },
      reveal: () => panel.reveal(),
    };
    this.session = new ComparisonSession(question, { compute, surface, finished, show: () => this.view.show() });
    this.view = new ComparisonWebview(panel, extensionUri, this, options.actions);
    panel.iconPath = extensionUri.with({ path: `${extensionUri.path}/media/icons/comparison.svg` });
    panel.title = comparisonTitle(question.models.map(({ path }) => path));
    panel.onDidDispose(() => this.session.dispose());
    void this.session.run();
  }

  get state(): ComparisonState {
    return this.session.state;
  }

  get question(): ComparisonQuestion {
    return this.session.question;
  }

  /** Asks again, perhaps something else of the same models. */
  run(question: ComparisonQuestion): void {
    void this.session.run(question);
  }

  take(intent: ComparisonIntent): void {
    if (intent.type === "cancel") this.session.cancel();
    else if (intent.type === "run") this.run(intent.question);
    else if (intent.type === "chooseProbe") void this.chooseProbe(intent.question ?? this.question);
    else if (intent.type === "chooseArchitecture")
      this.chooseArchitecture(intent.model, intent.question ?? this.question);
  }

  /** What is chosen for one model counts for the others of its run, here and in later comparisons. */
  private chooseArchitecture(index: number, question: ComparisonQuestion): void {
    const model = question.models[index];
    if (model === undefined) return;
    this.options.chooseArchitecture(model, (chosen) => {
      if (chosen === undefined) return;
      this.options.architectures.choose(model.path, chosen.path);
      this.run(withArchitecture(question, model.path, chosen.path));
    });
  }

  private async chooseProbe({ probe, ...rest }: ComparisonQuestion): Promise<void> {
    const chosen = await chooseProbe(probe ?? this.state.report?.probe?.path);
    if (chosen === undefined) return;
    this.run(chosen.path === undefined ? rest : { ...rest, probe: chosen.path });
  }
}
