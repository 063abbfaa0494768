import type { ModelChoice } from "../../protocol/compute.ts";
import type { ModelQuestion, QuestionIntent } from "../../protocol/view.ts";
import { type ArchitectureChoices, withArchitecture } from "../architecture/architectureChoices.ts";
import type { ChosenArchitecture } from "../architecture/chooseArchitecture.ts";
import { chooseProbe } from "./chooseProbe.ts";

/** Asks where a model's architecture is to come from; gives the answer, or `undefined` where there was none. */
export type AskArchitecture = (model: ModelChoice, take: (chosen: ChosenArchitecture | undefined) => void) => unknown;

interface AnyQuestion {
  readonly models: readonly ModelQuestion[];
  readonly probe?: string;
}

/** A panel that can be asked another question. */
export interface Changeable<Question> {
  readonly question: Question;
  /** Absolute path of the samples that are used now. */
  readonly probe: string | undefined;
  run(question: Question): void;
  cancel(): void;
}

/** What panels that ask a question do alike with what the reader wants changed. */
export class QuestionChanges {
  private readonly architectures: Pick<ArchitectureChoices, "choose">;
  private readonly askArchitecture: AskArchitecture;

  constructor(architectures: Pick<ArchitectureChoices, "choose">, askArchitecture: AskArchitecture) {
    this.architectures = architectures;
    this.askArchitecture = askArchitecture;
  }

  take<Question extends AnyQuestion>(intent: QuestionIntent<Question>, panel: Changeable<Question>): void {
    if (intent.type === "cancel") panel.cancel();
    else if (intent.type === "run") panel.run(intent.question);
    else if (intent.type === "chooseProbe") void this.chooseProbe(intent.question ?? panel.question, panel);
    else this.chooseArchitecture(intent.model, intent.question ?? panel.question, panel);
  }

  /** What is chosen for one model counts for the others of its run, here and in later questions. */
  private chooseArchitecture<Question extends AnyQuestion>(
    index: number,
    question: Question,
    panel: Changeable<Question>,
  ): void {
    const model = question.models[index];
    if (model === undefined) return;
    this.askArchitecture(model, (chosen) => {
      if (chosen === undefined) return;
      this.architectures.choose(model.path, chosen.path);
      panel.run(withArchitecture(question, model.path, chosen.path));
    });
  }

  private async chooseProbe<Question extends AnyQuestion>(
    question: Question,
    panel: Changeable<Question>,
  ): Promise<void> {
    const chosen = await chooseProbe(question.probe ?? panel.probe);
    if (chosen === undefined) return;
    const { probe: _before, ...rest } = question;
    // Everything but the probe is as it was, and that may be absent.
    panel.run({ ...rest, ...(chosen.path !== undefined && { probe: chosen.path }) } as Question);
  }
}
