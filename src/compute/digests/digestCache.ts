import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { version } from "../../core/version.ts";
import { writeAtomically } from "../store/atomicFile.ts";
import { fileIdentity } from "./fileIdentity.ts";

/** Digests by name, e.g. `{ graph, weights }`. */
export type Digests = Readonly<Record<string, string>>;

/** Digests kept at most; the one not used for longest goes first. */
const mostEntries = 1000;

/**
 * Remembers digests of files, in memory and in one small file, so that asking again does not read gigabytes again. A file
 * is known by path, size, time of change in nanoseconds, and inode: one that was replaced or written to is read anew.
 */
export class DigestCache {
  readonly #file: string | undefined;
  #entries: Promise<Map<string, Digests>> | undefined;

  /** @param file Where the digests are kept between processes; without one, in memory only. */
  constructor(file?: string) {
    this.#file = file;
  }

  /**
   * The digests of what `files` (absolute paths) hold.
   * @param purpose What they are digests of, so that two kinds of digest of one file stay apart.
   * @param compute Reads the files; asked only if they are not known.
   */
  async remember<T extends Digests>(files: readonly string[], purpose: string, compute: () => Promise<T>): Promise<T> {
    const before = fileIdentity(files);
    const key = JSON.stringify([version, purpose, before?.key]);
    const entries = await this.#loaded();
    const known = before && entries.get(key);
    if (known) {
      // The last in the map is the one used last.
      entries.delete(key);
      entries.set(key, known);
      return known as T;
    }
    const digests = await compute();
    if (before?.isSettled && before.key === fileIdentity(files)?.key) {
      entries.set(key, digests);
      await this.#save(entries);
    }
    return digests;
  }

  #loaded(): Promise<Map<string, Digests>> {
    this.#entries ??= this.#read();
    return this.#entries;
  }

  async #read(): Promise<Map<string, Digests>> {
    if (this.#file === undefined) return new Map();
    const text = await readFile(this.#file, "utf8").catch(() => "");
    return new Map(parsedEntries(text));
  }

  /** Writes what this process knows on top of what others have written. A cache that cannot be kept is no failure. */
  async #save(known: ReadonlyMap<string, Digests>): Promise<void> {
    if (this.#file === undefined) return;
    const others = [...(await this.#read())].filter(([key]) => !known.has(key));
    const kept = [...others, ...known].slice(-mostEntries);
    await mkdir(dirname(this.#file), { recursive: true }).catch(() => {});
    await writeAtomically(this.#file, [Buffer.from(JSON.stringify(kept))]).catch(() => {});
  }
}

/** Entries as they were saved; none where the text is damaged. */
function parsedEntries(text: string): [string, Digests][] {
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(entry: unknown): entry is [string, Digests] {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [key, digests] = entry as unknown[];
  if (typeof key !== "string" || typeof digests !== "object" || digests === null) return false;
  return Object.values(digests).every((digest) => typeof digest === "string");
}
