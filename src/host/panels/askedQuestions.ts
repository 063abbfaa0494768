import type * as vscode from "vscode";
import type { ComparisonQuestion, InversionQuestion } from "../../protocol/view.ts";

/** What a panel's page keeps with the editor, as far as the host reads it. */
interface Kept {
  readonly question: ComparisonQuestion | InversionQuestion;
}

type Entry = readonly [title: string, kept: Kept];

const stateKey = "likeness.asked";
const most = 20;

/**
 * What panels asked last, by their titles, of this workspace. The editor writes down what a page keeps when the window is
 * idle: one that is left before gives a panel back without its question.
 */
export class AskedQuestions {
  private readonly memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.memento = memento;
  }

  /** What the panel with this title asked; `undefined` where none is known. */
  of(title: string): Kept | undefined {
    return new Map(this.all).get(title);
  }

  note(title: string, question: Kept["question"]): void {
    const others = this.all.filter(([other]) => other !== title);
    void this.memento.update(stateKey, [...others, [title, { question }]].slice(-most));
  }

  private get all(): readonly Entry[] {
    return this.memento.get<readonly Entry[]>(stateKey, []);
  }
}
