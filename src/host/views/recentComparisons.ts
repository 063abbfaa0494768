import * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import { verdict } from "../../core/report/verdict.ts";
import type { ComparisonQuestion, InversionQuestion } from "../../protocol/view.ts";

/** A comparison, of layers or of what each model uses, that was finished, as far as it takes to show it and to ask again. */
export interface RecentComparison {
  readonly question: ComparisonQuestion | InversionQuestion;
  /** Milliseconds since 1970. */
  readonly finished: number;
  /** The verdict's sentences. */
  readonly verdict: readonly string[];
}

const stateKey = "likeness.recent";
const most = 20;

/** The comparisons that were finished last, latest first: of this workspace, remembered between sessions. */
export class RecentComparisons implements vscode.Disposable {
  private readonly memento: vscode.Memento;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(memento: vscode.Memento) {
    this.memento = memento;
  }

  get all(): readonly RecentComparison[] {
    return this.memento.get<readonly RecentComparison[]>(stateKey, []);
  }

  /** Puts a comparison first; the same question stands once. */
  add(question: RecentComparison["question"], report: Report): void {
    const sentences = report.inversion === undefined ? verdict(report) : report.findings.map(({ title }) => title);
    const comparison = { question, finished: Date.now(), verdict: sentences };
    this.replace([comparison, ...this.without(comparison)].slice(0, most));
  }

  remove(comparison: RecentComparison): void {
    this.replace(this.without(comparison));
  }

  dispose(): void {
    this.changed.dispose();
  }

  private without({ question }: RecentComparison): readonly RecentComparison[] {
    const asked = JSON.stringify(question);
    return this.all.filter((other) => JSON.stringify(other.question) !== asked);
  }

  private replace(comparisons: readonly RecentComparison[]): void {
    void this.memento.update(stateKey, comparisons);
    this.changed.fire();
  }
}
