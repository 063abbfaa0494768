import type { GramRunner } from "./gramRunner.ts";

/**
 * Compiled networks of the last request, kept for a moment: whoever changes the samples or the measure asks again about
 * the same networks, and finds them compiled and their memory in place. Given back after a minute without a question.
 */
const keptFor = 60_000;
/** Networks kept at most; the ones of the latest request stay. */
const mostKept = 2;

const warm = new Map<string, { readonly runner: GramRunner; readonly expiry: NodeJS.Timeout }>();

/** The compiled network under this key, for the caller to use alone; `undefined` where none is kept. */
export function takeWarm(key: string): GramRunner | undefined {
  const found = warm.get(key);
  warm.delete(key);
  clearTimeout(found?.expiry);
  return found?.runner;
}

/** Keeps a compiled network that worked. */
export async function keepWarm(key: string, runner: GramRunner): Promise<void> {
  await takeWarm(key)?.release();
  const expiry = setTimeout(() => void takeWarm(key)?.release(), keptFor);
  expiry.unref();
  warm.set(key, { runner, expiry });
  for (const oldest of [...warm.keys()].slice(0, -mostKept)) await takeWarm(oldest)?.release();
}

/** Gives back every kept network: for a request that is about to compile others. */
export async function releaseWarm(): Promise<void> {
  for (const key of [...warm.keys()]) await takeWarm(key)?.release();
}
