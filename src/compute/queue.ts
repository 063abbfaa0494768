import { setImmediate } from "node:timers/promises";

/**
 * Runs jobs one after another, in the order they came: two networks at once would only share the same processor and
 * double the memory.
 */
export class JobQueue {
  private last: Promise<void> = Promise.resolve();

  /**
   * Runs `job` when those before it have ended, however they ended. While it waits, `signal` makes it leave at once,
   * with the signal's reason; once it runs, heeding the signal is the job's own affair.
   */
  run<Result>(signal: AbortSignal, job: () => Promise<Result>): Promise<Result> {
    const before = this.last;
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
      this.last = turn();
    });
  }
}
