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

/** Answers one kind of request. */
export type Handler<Params> = (params: Params, job: Job) => Promise<Report>;
