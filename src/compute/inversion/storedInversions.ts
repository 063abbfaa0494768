import type { InversionEntry } from "../store/entryFile.ts";
import type { GramStore } from "../store/gramStore.ts";
import { keyDigest, type StoreKey } from "../store/storeKey.ts";
import type { Frame } from "./frames.ts";
import type { Inversion, Inverting } from "./inverting.ts";

/** What the store has under a key, for so many images of so many pixels. */
export async function restoreInversions(
  store: GramStore,
  key: StoreKey,
  count: number,
  width: number,
): Promise<readonly Inversion[] | undefined> {
  const entry = await store.get(key);
  if (entry?.kind !== "inversion" || entry.width !== width || entry.histories.length !== count) return undefined;
  const stuck = new Set(entry.stuck);
  return entry.histories.map((history, i) => ({
    pixels: entry.pixels.subarray(i * width, (i + 1) * width),
    residual: history.at(-1) ?? Number.POSITIVE_INFINITY,
    history,
    stuck: stuck.has(i),
    frames: framesIn(entry, i),
  }));
}

function framesIn({ frames, width }: InversionEntry, image: number): readonly Frame[] {
  const found = frames[image];
  if (!found) return [];
  return found.steps.map((step, k) => ({ step, pixels: found.pixels.subarray(k * width, (k + 1) * width) }));
}

/** Keeps inversions. */
export async function saveInversions(store: GramStore, key: StoreKey, inversions: readonly Inversion[]): Promise<void> {
  const width = inversions[0]?.pixels.length ?? 0;
  const pixels = new Float32Array(inversions.length * width);
  for (const [i, inversion] of inversions.entries()) pixels.set(inversion.pixels, i * width);
  const histories = inversions.map(({ history }) => Float32Array.from(history));
  const stuck = inversions.flatMap((inversion, i) => (inversion.stuck ? [i] : []));
  const frames = inversions.map((inversion) => ({
    steps: inversion.frames.map(({ step }) => step),
    pixels: joined(inversion.frames, width),
  }));
  await store.put(key, { kind: "inversion", width, pixels, histories, stuck, frames });
}

function joined(frames: readonly Frame[], width: number): Uint8Array {
  const bytes = new Uint8Array(frames.length * width);
  for (const [k, { pixels }] of frames.entries()) bytes.set(pixels, k * width);
  return bytes;
}

/** Inversions of requests that were interrupted, by their key, the oldest first: asked again, they go on. */
const interrupted = new Map<string, Inverting>();
const mostInterrupted = 4;

/** The inversions that were under way under this key, or new ones. */
export function resumed(key: StoreKey, begin: () => Inverting): Inverting {
  const digest = keyDigest(key);
  const found = interrupted.get(digest) ?? begin();
  interrupted.delete(digest);
  interrupted.set(digest, found);
  for (const oldest of [...interrupted.keys()].slice(0, -mostInterrupted)) interrupted.delete(oldest);
  return found;
}

/** Forgets inversions of a request that came to its end. */
export function forget(keys: readonly StoreKey[]): void {
  for (const key of keys) interrupted.delete(keyDigest(key));
}
