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

/** Lets the process handle the messages that came meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
