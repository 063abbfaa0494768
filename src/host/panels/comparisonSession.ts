import { measureIds } from "../../core/measures/measures.ts";
import type { Report } from "../../core/report/report.ts";
import { compare } from "../../protocol/compute.ts";
import type { ComparisonQuestion, ComparisonState } from "../../protocol/view.ts";
import type { AskOptions } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import { compareRequest } from "./compareRequest.ts";
import { terminalCommand } from "./question.ts";
import { QuestionSession } from "./questionSession.ts";

/** A comparison, and how far its answer has come. */
export class ComparisonSession extends QuestionSession<ComparisonQuestion, ComparisonState> {
  override get state(): ComparisonState {
    return {
      type: "comparison",
      question: this.question,
      status: this.status,
      ...(this.report !== undefined && { report: this.report, isEarlier: this.isEarlier }),
      measures: measureIds,
      commandLine: terminalCommand(this.question),
      saved: false,
    };
  }

  protected override titleOf({ models }: ComparisonQuestion): string {
    return `Comparing ${comparisonTitle(models.map(({ path }) => path))}`;
  }

  protected override ask(question: ComparisonQuestion, options: Required<AskOptions>): Promise<Report> {
    const { compute } = this.options;
    return compute.request(compare, compareRequest(question, compute.engine()), options);
  }
}
