import { mkdir, readFile, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Warning } from "../../core/report/report.ts";
import { writeAtomically } from "./atomicFile.ts";
import { decodeEntry, encodeEntry, type StoreEntry } from "./entryFile.ts";
import type { GramStore } from "./gramStore.ts";
import { entryName, evict, removeAbandoned, storedEntries, totalBytes } from "./storeFolder.ts";
import { keyDigest, type StoreKey } from "./storeKey.ts";

/** A store as one file per entry, named by the key. Several processes may use one folder at the same time. */
export class FolderStore implements GramStore {
  readonly #folder: string;
  readonly #limit: number;
  readonly #warn: (warning: Warning) => void;
  #writable = true;
  /** Bytes written since the folder was last looked through; before the first look, as good as full. */
  #unaccounted = Number.POSITIVE_INFINITY;
  #bytes = 0;

  constructor(folder: string, limit: number, warn: (warning: Warning) => void) {
    this.#folder = folder;
    this.#limit = limit;
    this.#warn = warn;
  }

  async get(key: StoreKey): Promise<StoreEntry | undefined> {
    const digest = keyDigest(key);
    const path = this.#path(digest);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const entry = decodeEntry(digest, bytes);
    if (entry?.kind !== key.kind) {
      await rm(path, { force: true }).catch(() => {});
      const message = "A stored result was damaged and has been removed; it is computed again.";
      this.#warn({ code: "store/damaged-entry", message, where: path });
      return undefined;
    }
    // The time of change is the time of last use: file systems may not record reads.
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return entry;
  }

  async put(key: StoreKey, entry: StoreEntry): Promise<void> {
    if (!this.#writable) return;
    const digest = keyDigest(key);
    const pieces = encodeEntry(digest, entry);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (size > this.#limit) return;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeAtomically(this.#path(digest), pieces);
      await this.#account(size);
    } catch (error) {
      this.#writable = false;
      const message = `Results cannot be stored (${(error as Error).message}), so asking again computes them again.`;
      this.#warn({ code: "store/not-writable", message, where: this.#folder });
    }
  }

  async size(): Promise<number> {
    return totalBytes(await storedEntries(this.#folder));
  }

  async clear(): Promise<void> {
    await evict(await storedEntries(this.#folder), 0);
    await removeAbandoned(this.#folder);
  }

  /**
   * Keeps the limit. What other processes write shows when the folder is looked through, so that each may go past the
   * limit by a sixteenth before it notices.
   */
  async #account(written: number): Promise<void> {
    this.#unaccounted += written;
    if (this.#bytes + this.#unaccounted <= this.#limit && this.#unaccounted <= this.#limit / 16) return;
    await removeAbandoned(this.#folder);
    this.#bytes = await evict(await storedEntries(this.#folder), this.#limit);
    this.#unaccounted = 0;
  }

  #path(digest: string): string {
    return join(this.#folder, entryName(digest));
  }
}
