import { setImmediate } from "node:timers/promises";

/**
 * Runs jobs one after another, in the order they came: two networks at once would only share the same processor and
 * double the memory.
 */
export class JobQueue {
  private last: Promise<void> = Promise.resolve();
  private unfinished = 0;

  /**
   * Runs `job` when those before it have ended, however they ended. While it waits, `signal` makes it leave at once,
   * with the signal's reason; once it runs, heeding the signal is the job's own affair.
   */
  run<Result>(signal: AbortSignal, job: () => Promise<Result>): Promise<Result> {
    const before = this.last;
    this.unfinished++;
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
      const turn = async (): Promise<void> => {
        await before;
        // The job before may have blocked the event loop: let a cancellation that came meanwhile be read.
        await setImmediate();
        signal.removeEventListener("abort", leave);
        if (signal.aborted) return leave();
        try {
          resolve(await job());
        } catch (error) {
          reject(error);
        }
      };
      this.last = turn().finally(() => this.unfinished--);
    });
  }

  /** Settles when no job runs or waits. @throws the signal's reason, as soon as it aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.unfinished === 0) return;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (this.unfinished > 0 && !signal.aborted) await Promise.race([this.last, aborted]);
    signal.throwIfAborted();
  }
}
