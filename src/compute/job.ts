import type { Report } from "../core/report/report.ts";
import type { Progress } from "../protocol/compute.ts";

/** What a request gets to work with while it runs. */
export interface Job {
  /**
   * Aborts when nobody wants the answer any more. Its reason is the `Failure` to end with, so that
   * `signal.throwIfAborted()` between two steps is all a job has to do.
   */
  readonly signal: AbortSignal;
  /** Tells whoever asked where the work stands. */
  report(progress: Progress): void;
}

/** A job in the background, beside the queue of those that somebody waits for. */
export interface BackgroundJob extends Job {
  /**
   * Lets the process handle the messages that came meanwhile, and every request in the queue be answered. Call it
   * between two pieces of work. @throws the signal's reason.
   */
  giveWay(): Promise<void>;
  /** Does in the queue, when its turn has come, what cannot be done beside others: runs a network. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Answers one kind of request. */
export type Handler<Params, Result = Report> = (params: Params, job: Job) => Promise<Result>;
export type BackgroundHandler<Params, Result> = (params: Params, job: BackgroundJob) => Promise<Result>;
