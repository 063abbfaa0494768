import { existsSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Folder of the real networks, data and reference values, which lies beside the repository on development machines.
 * `undefined` elsewhere: tests that need it then say "not run".
 */
export function sharedFolder(): string | undefined {
  const folder = resolve(import.meta.dirname, "../../../shared");
  return existsSync(resolve(folder, "assets")) ? folder : undefined;
}

/** Why a test of real networks is skipped, or `false`: the `skip` option of `node:test`. */
export const withoutShared: string | false = sharedFolder()
  ? false
  : "not run: the real networks are not beside the repository";
