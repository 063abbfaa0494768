import { failureRecord } from "../../core/failure.ts";
import { measureIds } from "../../core/measures/measures.ts";
import type { Report } from "../../core/report/report.ts";
import { compare, type Estimate, type Progress } from "../../protocol/compute.ts";
import type { ComparisonQuestion, ComparisonState, WorkStatus } from "../../protocol/view.ts";
import type { ComputeService, WorkSurface } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import { compareRequest } from "./compareRequest.ts";
import { terminalCommand } from "./question.ts";
import { Throttle } from "./throttle.ts";
import { TimeLeft } from "./timeLeft.ts";

export interface SessionOptions {
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly surface: WorkSurface;
  /** Takes each state to be shown, at most four a second. */
  readonly show: (state: ComparisonState) => void;
  readonly finished: (question: ComparisonQuestion, report: Report) => void;
}

/** Milliseconds between two states while numbers stream in: a large matrix crosses as megabytes. */
const showInterval = 250;

/** A question, and how far its answer has come. Asking again drops what is still running. */
export class ComparisonSession {
  private readonly options: SessionOptions;
  private readonly shown: Throttle;
  private asked: ComparisonQuestion;
  private status: WorkStatus = { kind: "running", phase: "Starting" };
  private report: Report | undefined;
  private isEarlier = false;
  private running: AbortController | undefined;

  constructor(question: ComparisonQuestion, options: SessionOptions) {
    this.asked = question;
    this.options = options;
    this.shown = new Throttle(() => options.show(this.state), showInterval);
  }

  get question(): ComparisonQuestion {
    return this.asked;
  }

  /** All that there is to show. */
  get state(): ComparisonState {
    return {
      type: "comparison",
      question: this.asked,
      status: this.status,
      ...(this.report !== undefined && { report: this.report, isEarlier: this.isEarlier }),
      measures: measureIds,
      commandLine: terminalCommand(this.asked),
      saved: false,
    };
  }

  /** Asks the compute process. Settles when this question is answered, has failed, or was dropped; never rejects. */
  async run(question: ComparisonQuestion = this.asked): Promise<void> {
    const { compute, surface, finished } = this.options;
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.asked = question;
    this.isEarlier = this.report !== undefined;
    this.set({ kind: "running", phase: "Starting" });
    const timeLeft = new TimeLeft();
    let estimate: Estimate | undefined;
    try {
      const report = await compute.request(compare, compareRequest(question, compute.engine()), {
        title: `Comparing ${comparisonTitle(question.models.map(({ path }) => path))}`,
        surface,
        signal: running.signal,
        onProgress: (progress) => {
          if (this.running !== running) return;
          estimate = progress.estimate ?? estimate;
          this.take(progress, estimate, timeLeft.after(progress));
        },
      });
      if (this.running !== running) return;
      this.take({ phase: "Done", partial: report }, estimate, 0);
      this.end({ kind: "done" });
      finished(question, report);
    } catch (error) {
      if (this.running !== running) return;
      const failure = failureRecord(error);
      this.end(failure.code === "cancelled" ? { kind: "cancelled" } : { kind: "failed", failure });
    }
  }

  /** Drops what is running. The compute process answers within a second; the panel does not wait for it. */
  cancel(): void {
    const { running } = this;
    if (running === undefined) return;
    this.end({ kind: "cancelled" });
    running.abort();
  }

  dispose(): void {
    this.shown.stop();
    this.running?.abort();
    this.running = undefined;
  }

  private take(progress: Progress, estimate: Estimate | undefined, secondsLeft: number | undefined): void {
    const { phase, done, total, partial } = progress;
    const isFirst = partial !== undefined && (this.report === undefined || this.isEarlier);
    if (partial !== undefined) {
      this.report = partial;
      this.isEarlier = false;
    }
    this.status = {
      kind: "running",
      phase,
      ...(done !== undefined && { done }),
      ...(total !== undefined && { total }),
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(estimate !== undefined && { estimate }),
    };
    // The estimate and the first cells are what the user waits for.
    if (isFirst || progress.estimate !== undefined) this.shown.flush();
    else this.shown.request();
  }

  private end(status: WorkStatus): void {
    this.running = undefined;
    this.set(status);
  }

  private set(status: WorkStatus): void {
    this.status = status;
    this.shown.flush();
  }
}
