import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Names of files that are still being written. */
export const unfinishedName = /\.[0-9a-f-]{36}\.unfinished$/;

/**
 * Writes a file that nobody ever sees half written: the bytes go to another file of the same folder, which then takes the
 * name. A process that dies in between leaves the other file behind, which {@link unfinishedName} tells.
 */
export async function writeAtomically(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  try {
    const file = await open(unfinished, "wx");
    try {
      for (const piece of pieces) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
