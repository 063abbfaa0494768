import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { fileSource } from "../files.ts";
import type { DigestCache } from "./digestCache.ts";

/** Bytes read at a time. */
const chunkBytes = 4 * 2 ** 20;

/**
 * SHA-256 of a file's bytes, in hex, read in pieces and remembered.
 * @throws Failure `file/missing`, `file/not-a-file`, `file/unreadable`, `file/changed`; the signal's reason, between two
 *   pieces.
 */
export async function fileDigest(path: string, cache: DigestCache, signal?: AbortSignal): Promise<string> {
  const { file } = await cache.remember([path], "file", async () => {
    const hash = createHash("sha256");
    const source = fileSource(path);
    try {
      for (let offset = 0; offset < source.size; offset += chunkBytes) {
        signal?.throwIfAborted();
        hash.update(source.read(offset, Math.min(chunkBytes, source.size - offset)));
        await setImmediate();
      }
    } finally {
      source.close();
    }
    return { file: hash.digest("hex") };
  });
  return file;
}
