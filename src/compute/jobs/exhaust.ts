import type { BackgroundJob } from "../job.ts";

/** Milliseconds of work after which waiting messages (a cancellation, progress to send) get their turn. */
const slice = 100;

/**
 * Runs a computation that yields now and then to its end, and gives its result.
 * @param signal aborts the computation between two yields; its reason is thrown.
 */
export async function exhaust<T>(computation: Generator<unknown, T>, signal: AbortSignal): Promise<T> {
  let turn = performance.now();
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
    if (performance.now() - turn > slice) {
      await nextTurn();
      signal.throwIfAborted();
      turn = performance.now();
    }
  }
}

/**
 * The same for a job in the background, which gives way whenever the computation yields.
 * @param took is told what it yields.
 */
export async function exhaustGivingWay<Y, T>(
  computation: Generator<Y, T>,
  job: BackgroundJob,
  took: (yielded: Y) => void = () => {},
): Promise<T> {
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
    took(step.value);
    await job.giveWay();
  }
}

/** Lets the process handle the messages that came meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
