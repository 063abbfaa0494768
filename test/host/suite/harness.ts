/** The least that the tests inside the extension host need of a test runner. */
export type Case = (note: (text: string) => void) => void | Promise<void>;

/** Waits until something is so: much of the editor's state follows a call with a delay. */
export async function eventually<Value>(
  what: string,
  find: () => Value | undefined | false,
  seconds = 20,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
