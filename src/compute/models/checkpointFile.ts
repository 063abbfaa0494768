import { dirname, join } from "node:path";
import { Failure } from "../../core/failure.ts";
import type { ByteSource, SiblingFiles } from "../../core/formats/byteSource.ts";
import type { Checkpoint } from "../../core/formats/checkpoint.ts";
import type { Warning } from "../../core/report/report.ts";
import { type FileSource, fileSource, siblingFiles } from "../files.ts";
import { mainFileOf } from "./checkpointFolder.ts";
import { readCheckpoint } from "./readCheckpoint.ts";

/** A checkpoint whose structure was read and whose weights were not. */
export interface CheckpointFile {
  /** As it was asked for: a file, or the folder that is one checkpoint. */
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Every file that was opened: together they decide what the checkpoint is. */
  readonly files: readonly string[];
  /** Lets go of the files; reading a weight opens them again. */
  close(): void;
}

/** What its reader has to say of a file, as warnings. */
export function noticesOf({ path, checkpoint }: Pick<CheckpointFile, "path" | "checkpoint">): Warning[] {
  return checkpoint.provenance.notices.map(({ code, message }) => ({ code, message, where: path }));
}

/**
 * Opens a checkpoint, whose kind its content tells.
 * @throws Failure `not-a-checkpoint`, `empty-file`, `git-lfs-pointer`, and those of the readers.
 */
export function openCheckpoint(path: string): CheckpointFile {
  const main = mainFileOf(path);
  const files = [main];
  const folder = siblingFiles(dirname(main));
  const siblings: SiblingFiles = {
    open(relativePath) {
      const opened = folder.open(relativePath);
      files.push(join(dirname(main), relativePath));
      return opened;
    },
  };
  let source: FileSource | undefined;
  try {
    source = fileSource(main);
    const opened: ByteSource = source;
    const checkpoint = readCheckpoint(opened, siblings);
    return {
      path,
      checkpoint,
      get files() {
        return [...new Set(files)];
      },
      close() {
        source?.close();
        folder.close();
      },
    };
  } catch (error) {
    source?.close();
    folder.close();
    throw error instanceof Failure ? error.in(path) : error;
  }
}
