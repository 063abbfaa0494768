import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const root = resolve(import.meta.dirname, "../..");
const script = resolve(root, "dist/cli.cjs");

/** Why tests of the built command line are skipped, or `false`: the `skip` option of `node:test`. */
export const notBuilt: string | false = existsSync(script) ? false : "not run: there is no dist (npm run build)";

/** A file of the sample workspace. */
export const sample = (name: string): string => resolve(root, "media/sample", name);

export interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Settles when it has ended. */
  readonly outcome: Promise<{ code: number | null; out: string; err: string }>;
}

/** Starts `likeness` as it is built. */
export function start(args: readonly string[], cli = script): Running {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const outcome = Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]).then(
    ([[code], out, err]) => ({ code, out, err }),
  );
  return { process: child, outcome };
}
