import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { unfinishedName } from "./atomicFile.ts";

/**
 * The folder as all processes see it. There is no lock: entries appear by renaming, and two processes that evict at the
 * same time remove the same files, the oldest, so that one of them finds some gone, which is what it wanted.
 */

/** Name of the file that holds a key's entry. */
export function entryName(digest: string): string {
  return `${digest}.gram`;
}

/** Names of our entries, so that nothing else in a folder is ever removed. */
const entryNames = /^[0-9a-f]{64}\.gram$/;

/** A file that is this long unfinished belongs to a process that is gone. */
const abandonedAfterMs = 10 * 60 * 1000;

/** When the limit is passed, this share of it is kept, so that not every entry has to look through the folder again. */
const keptShare = 0.9;

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970 of the last use. */
  readonly used: number;
}

/** The entries of a folder; none where there is no folder. */
export async function storedEntries(folder: string): Promise<StoredFile[]> {
  return filesNamed(folder, entryNames);
}

export function totalBytes(files: readonly StoredFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

/** If the files take more than `limit` bytes, removes those not used for longest. Returns the bytes that are left. */
export async function evict(files: readonly StoredFile[], limit: number): Promise<number> {
  let left = totalBytes(files);
  if (left <= limit) return left;
  for (const { path, bytes } of files.toSorted((a, b) => a.used - b.used)) {
    if (left <= limit * keptShare) break;
    // One that cannot be removed (open in another process, on Windows) is passed over.
    const removed = await rm(path, { force: true }).then(
      () => true,
      () => false,
    );
    if (removed) left -= bytes;
  }
  return left;
}

/** Removes what processes that died have left half written. */
export async function removeAbandoned(folder: string): Promise<void> {
  const before = Date.now() - abandonedAfterMs;
  for (const { path, used } of await filesNamed(folder, unfinishedName)) {
    if (used < before) await rm(path, { force: true }).catch(() => {});
  }
}

async function filesNamed(folder: string, pattern: RegExp): Promise<StoredFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => pattern.test(name))
      .map(async (name) => {
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        return found === undefined ? [] : [{ path, bytes: found.size, used: found.mtimeMs }];
      }),
  );
  return files.flat();
}
