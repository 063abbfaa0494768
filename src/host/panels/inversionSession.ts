import { Failure, failureRecord } from "../../core/failure.ts";
import type { ResidualCurve } from "../../core/methods/inversion/residuals.ts";
import type { Report } from "../../core/report/report.ts";
import { inversionCosts, invert, type Progress } from "../../protocol/compute.ts";
import type { InversionCosts, InversionQuestion, InversionState } from "../../protocol/view.ts";
import type { AskOptions } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import type { InversionFolders } from "./inversionFolders.ts";
import { inversionCommand } from "./inversionQuestion.ts";
import { inversionRequest } from "./inversionRequest.ts";
import { QuestionSession, type SessionOptions } from "./questionSession.ts";

export interface InversionSessionOptions extends SessionOptions<InversionQuestion, InversionState> {
  readonly folders: InversionFolders;
  /** Address, for the page, of a folder with pictures. */
  readonly addressOf: (folder: string) => string;
}

/** An inversion, and how far it has come. Cancelled and run again, it goes on where it was. */
export class InversionSession extends QuestionSession<InversionQuestion, InversionState> {
  declare protected readonly options: InversionSessionOptions;
  private curves: readonly (ResidualCurve | null)[] = [];
  private costs: InversionCosts | undefined;
  /** What the costs are of. */
  private costsOf = "";
  private isKept = false;

  constructor(question: InversionQuestion, options: InversionSessionOptions) {
    super(question, options);
  }

  override get state(): InversionState {
    const images = this.report?.inversion?.images;
    return {
      type: "inversion",
      question: this.question,
      status: this.status,
      ...(this.report !== undefined && { report: this.report, isEarlier: this.isEarlier }),
      ...(this.isKept && { isKept: true }),
      curves: this.curves,
      ...(this.costs !== undefined && { costs: this.costs }),
      ...(images !== undefined && { pictures: this.options.addressOf(images) }),
      commandLine: inversionCommand(this.question),
      saved: false,
    };
  }

  /** Shows what was kept of the same question where the files have not changed since; asks otherwise. */
  async restore(): Promise<void> {
    const report = await this.options.folders.kept(this.question);
    if (report === undefined) return this.run();
    this.report = report;
    this.isKept = true;
    this.status = { kind: "done" };
    this.tell();
  }

  override async run(question: InversionQuestion = this.question): Promise<void> {
    this.isKept = false;
    this.curves = question.models.map(() => null);
    return super.run(question);
  }

  /** Finds out what the presets would cost; once for the same models, probe and number of images. */
  async estimate(question: InversionQuestion): Promise<void> {
    const { compute, folders, surface } = this.options;
    const { preset: _preset, steps: _steps, seedKind: _seedKind, ...same } = question;
    const asked = JSON.stringify(same);
    if (this.costsOf === asked && this.costs !== undefined && this.costs.kind !== "failed") return;
    this.costsOf = asked;
    this.costs = { kind: "asking" };
    this.tell();
    const costs = await this.askCosts(() =>
      compute.request(inversionCosts, inversionRequest(question, compute.engine(), folders.of(question)), {
        title: `Estimating ${titleOf(question)}`,
        surface,
      }),
    );
    if (this.costsOf !== asked) return;
    this.costs = costs;
    this.tell();
  }

  protected override titleOf(question: InversionQuestion): string {
    return `Inverting ${titleOf(question)}`;
  }

  protected override async ask(question: InversionQuestion, options: Required<AskOptions>): Promise<Report> {
    const { compute, folders } = this.options;
    const folder = await folders.take(question);
    const request = (images: string | undefined): Promise<Report> =>
      compute.request(invert, inversionRequest(question, compute.engine(), images), options);
    const report = await request(folder).catch((error: unknown) => {
      // Samples that are no images have numbers all the same.
      if (error instanceof Failure && error.code === "inversion/no-images") return request(undefined);
      throw error;
    });
    await folders.keep(question, report);
    return report;
  }

  protected override heard({ residual }: Progress): void {
    if (residual === undefined) return;
    this.curves = this.curves.map((curve, i) => (i === residual.model ? residual.curve : curve));
  }

  private async askCosts(
    ask: () => Promise<Extract<InversionCosts, { kind: "known" }>["list"]>,
  ): Promise<InversionCosts> {
    try {
      return { kind: "known", list: await ask() };
    } catch (error) {
      return { kind: "failed", failure: failureRecord(error) };
    }
  }
}

function titleOf({ models }: InversionQuestion): string {
  return comparisonTitle(models.map(({ path }) => path));
}
