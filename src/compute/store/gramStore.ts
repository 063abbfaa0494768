import type { Warning } from "../../core/report/report.ts";
import type { StoreEntry } from "./entryFile.ts";
import { FolderStore } from "./folderStore.ts";
import type { StoreKey } from "./storeKey.ts";

/**
 * Grams and outputs that were computed once. A store never fails a comparison: what cannot be read is not there, what
 * cannot be written is said once as a warning.
 */
export interface GramStore {
  /** What was put under this key, and is still there and whole. */
  get(key: StoreKey): Promise<StoreEntry | undefined>;
  /** Keeps an entry. float64 Grams are rounded to float32. */
  put(key: StoreKey, entry: StoreEntry): Promise<void>;
  /** Bytes that the entries take. */
  size(): Promise<number>;
  /** Removes every entry. */
  clear(): Promise<void>;
}

export interface StoreOptions {
  /** Bytes above which the entries not used for longest are removed. */
  readonly limit?: number;
  /** Told that an entry was damaged (`store/damaged-entry`) or that nothing can be written (`store/not-writable`). */
  readonly warn?: (warning: Warning) => void;
}

const defaultLimit = 2 * 2 ** 30;

/** The store in a folder, which is made when it is first needed; without a folder, one that keeps nothing. */
export function openStore(folder: string | undefined, options: StoreOptions = {}): GramStore {
  if (folder === undefined) return nothingStored;
  return new FolderStore(folder, options.limit ?? defaultLimit, options.warn ?? (() => {}));
}

const nothingStored: GramStore = {
  get: async () => undefined,
  put: async () => {},
  size: async () => 0,
  clear: async () => {},
};
