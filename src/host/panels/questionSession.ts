import { failureRecord } from "../../core/failure.ts";
import type { Report } from "../../core/report/report.ts";
import type { Estimate, Progress } from "../../protocol/compute.ts";
import type { WorkStatus } from "../../protocol/view.ts";
import type { AskOptions, ComputeService, WorkSurface } from "../computeService.ts";
import { Throttle } from "./throttle.ts";
import { TimeLeft } from "./timeLeft.ts";

export interface SessionOptions<Question, State> {
  readonly compute: Pick<ComputeService, "engine" | "request">;
  readonly surface: WorkSurface;
  /** Takes each state to be shown, at most four a second. */
  readonly show: (state: State) => void;
  readonly finished: (question: Question, report: Report) => void;
}

/** Milliseconds between two states while numbers stream in: a large matrix crosses as megabytes. */
const showInterval = 250;

/** A question, and how far its answer has come. Asking again drops what is still running. */
export abstract class QuestionSession<Question, State> {
  protected readonly options: SessionOptions<Question, State>;
  private readonly shown: Throttle;
  private asked: Question;
  protected status: WorkStatus = { kind: "running", phase: "Starting" };
  protected report: Report | undefined;
  protected isEarlier = false;
  private running: AbortController | undefined;

  constructor(question: Question, options: SessionOptions<Question, State>) {
    this.asked = question;
    this.options = options;
    this.shown = new Throttle(() => options.show(this.state), showInterval);
  }

  /** All that there is to show. */
  abstract get state(): State;

  get question(): Question {
    return this.asked;
  }

  /** Makes the request that answers a question. */
  protected abstract ask(question: Question, options: Required<AskOptions>): Promise<Report>;

  /** For people, in the status bar: `Comparing a × b`. */
  protected abstract titleOf(question: Question): string;

  /** Takes what a progress tells beside what every request does. */
  protected heard(_progress: Progress): void {}

  /** Asks the compute process. Settles when this question is answered, has failed, or was dropped; never rejects. */
  async run(question: Question = this.asked): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.asked = question;
    this.isEarlier = this.report !== undefined;
    this.set({ kind: "running", phase: "Starting" });
    const timeLeft = new TimeLeft();
    let estimate: Estimate | undefined;
    try {
      const report = await this.ask(question, {
        title: this.titleOf(question),
        surface: this.options.surface,
        signal: running.signal,
        onProgress: (progress) => {
          if (this.running !== running) return;
          estimate = progress.estimate ?? estimate;
          this.heard(progress);
          this.take(progress, estimate, timeLeft.after(progress));
        },
      });
      if (this.running !== running) return;
      this.take({ phase: "Done", partial: report }, estimate, 0);
      this.end({ kind: "done" });
      this.options.finished(question, report);
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

  /** Shows the state as it is now. */
  protected tell(): void {
    this.shown.flush();
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
    if (isFirst || progress.estimate !== undefined) this.tell();
    else this.shown.request();
  }

  private end(status: WorkStatus): void {
    this.running = undefined;
    this.set(status);
  }

  private set(status: WorkStatus): void {
    this.status = status;
    this.tell();
  }
}
