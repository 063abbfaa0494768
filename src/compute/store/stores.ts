import { join } from "node:path";
import type { Warning } from "../../core/report/report.ts";
import { DigestCache } from "../digests/digestCache.ts";
import { type GramStore, openStore } from "./gramStore.ts";

/** Digests are remembered for as long as the process lives, and beside the Grams where there is a store. */
const caches = new Map<string | undefined, DigestCache>();

/** The digests that belong to a store's folder. */
export function digestCache(folder: string | undefined): DigestCache {
  const cache = caches.get(folder) ?? new DigestCache(folder && join(folder, "digests.json"));
  caches.set(folder, cache);
  return cache;
}

/** The store in a folder; without one, a store that keeps nothing. */
export function gramStore(folder: string | undefined, warn: (warning: Warning) => void): GramStore {
  return openStore(folder, { warn });
}
