import { join } from "node:path";
import type { Warning } from "../../core/report/report.ts";
import type { EngineChoice } from "../../protocol/compute.ts";
import { DigestCache } from "../digests/digestCache.ts";
import { type GramStore, openStore } from "./gramStore.ts";

type StoreChoice = Pick<EngineChoice, "store" | "storeLimit">;

/** Digests are remembered for as long as the process lives, and beside the Grams where there is a store. */
const caches = new Map<string | undefined, DigestCache>();

/** The digests that belong to a store's folder. */
export function digestCache(folder: string | undefined): DigestCache {
  const cache = caches.get(folder) ?? new DigestCache(folder && join(folder, "digests.json"));
  caches.set(folder, cache);
  return cache;
}

/** The store that an engine is chosen with; without a folder, one that keeps nothing. */
export function gramStore({ store, storeLimit }: StoreChoice, warn?: (warning: Warning) => void): GramStore {
  return openStore(store, { ...(storeLimit !== undefined && { limit: storeLimit }), ...(warn && { warn }) });
}
