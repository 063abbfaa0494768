import { statSync } from "node:fs";

/** A file that changed less than this ago may change again without a new time of change: it is not remembered. */
const settledAfterMs = 2000;

/** What files are at a moment: path, size, time of change in nanoseconds, device and inode of each. */
export interface FileIdentity {
  /** Equal as long as none of them was replaced or written to. */
  readonly key: string;
  /** Whether the last change is so long ago that another would show. */
  readonly isSettled: boolean;
}

/** What the files are at this moment; `undefined` where one cannot be looked at. */
export function fileIdentity(files: readonly string[]): FileIdentity | undefined {
  const parts: string[] = [];
  let changed = 0;
  for (const path of files) {
    const file = attempt(path);
    if (file === undefined) return undefined;
    parts.push(path, ...[file.size, file.mtimeNs, file.dev, file.ino].map(String));
    changed = Math.max(changed, Number(file.mtimeMs));
  }
  return { key: JSON.stringify(parts), isSettled: Date.now() - changed >= settledAfterMs };
}

function attempt(path: string) {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
