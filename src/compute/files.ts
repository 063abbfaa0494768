import { closeSync, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { Failure } from "../core/failure.ts";
import type { ByteSource, SiblingFiles } from "../core/formats/byteSource.ts";
import { localPath } from "../core/formats/relativePath.ts";

/** A file on disk. It is opened at the first read; {@link FileSource.close} lets go of it until the next. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** The files of one folder, and a way to let go of all that were opened. */
export interface FolderFiles extends SiblingFiles {
  close(): void;
}

/**
 * Positioned reads of a file. A file that changes while it is held (a training writes its next checkpoint) is noticed
 * whenever it is opened again, rather than read half old and half new.
 * @throws Failure `file/missing`, `file/not-a-file`, `file/unreadable`.
 */
export function fileSource(path: string): FileSource {
  const first = stats(path);
  let descriptor: number | undefined;
  const open = (): number => {
    const opened = attempt(path, () => openSync(path, "r"));
    if (!isSame(first, fstatSync(opened))) {
      closeSync(opened);
      throw new Failure("file/changed", "The file changed while it was read.", { file: path, hint: "Try again." });
    }
    return opened;
  };
  return {
    name: path,
    size: first.size,
    place: { file: path, offset: 0 },
    read: (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > first.size) throw shortRead(path, offset, length);
      descriptor ??= open();
      return readFully(path, descriptor, offset, length);
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/**
 * The files of a checkpoint's folder. A path that leaves it is refused before anything is opened; a symbolic link that
 * leads out of it, before it is read.
 */
export function siblingFiles(folder: string): FolderFiles {
  const opened: FileSource[] = [];
  return {
    open: (relativePath) => {
      const path = join(folder, localPath(relativePath));
      const real = attempt(path, () => realpathSync(path));
      const home = realpathSync(folder);
      if (!real.startsWith(home.endsWith(sep) ? home : home + sep)) {
        throw new Failure("path/symlink-outside", `"${relativePath}" is a link to a file outside the folder.`, {
          hint: "Only files in a checkpoint's own folder are opened: copy the data there.",
        });
      }
      const source = fileSource(real);
      opened.push(source);
      return source;
    },
    close: () => {
      for (const source of opened.splice(0)) source.close();
    },
  };
}

function readFully(path: string, descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = attempt(path, () => readSync(descriptor, bytes, done, length - done, offset + done));
    if (count === 0) throw shortRead(path, offset, length);
    done += count;
  }
  return bytes;
}

function stats(path: string): Stats {
  const found = attempt(path, () => statSync(path));
  if (!found.isFile()) throw new Failure("file/not-a-file", "This is not a file.", { file: path });
  return found;
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function shortRead(path: string, offset: number, length: number): Failure {
  return new Failure("file/short-read", `The file has no bytes ${offset} to ${offset + length}.`, { file: path });
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new Failure("file/missing", "There is no such file.", { file: path });
    throw new Failure("file/unreadable", `The file cannot be read: ${(error as Error).message}.`, { file: path });
  }
}
