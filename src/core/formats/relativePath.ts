import { Failure } from "../failure.ts";

/**
 * Checks a path that a checkpoint names (external data, a shard, a payload) before anything is opened: it must stay in
 * the checkpoint's folder, whatever the machine. Backslashes and drive letters are refused everywhere, since a file that
 * is harmless here may be opened elsewhere. Symbolic links are for the one who opens.
 *
 * @returns the path with one `/` between its parts and without `.`, so that equal files have equal paths.
 * @throws Failure `path/not-local` for URLs and names no file can have, `path/outside-folder` where the path leaves.
 */
export function localPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "." && part !== "");
  if (/^[a-z][a-z0-9+.-]+:/i.test(path) || path.includes("\0") || parts.join("") === "") {
    throw new Failure("path/not-local", `The checkpoint names ${quote(path)}, which is not a file beside it.`, {
      hint,
    });
  }
  if (path.startsWith("/") || path.includes("\\") || /^[a-z]:/i.test(path) || parts.includes("..")) {
    throw new Failure("path/outside-folder", `The checkpoint names ${quote(path)}, which is outside its folder.`, {
      hint,
    });
  }
  return parts.join("/");
}

const hint = "Only files in a checkpoint's own folder are opened: put the data beside it, named by a relative path.";

/** A name from a hostile file, short and on one line. */
function quote(path: string): string {
  return JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path);
}
