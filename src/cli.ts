#!/usr/bin/env node
import { join } from "node:path";
import { main } from "./cli/main.ts";

/** `likeness`: the engine without an editor. As built, this file lies beside the compute process's script. */

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // Asked twice: the polite way takes too long.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
}
// A reader that has seen enough (`| head`) closes our output: nothing is left to do.
process.stdout.on("error", () => process.exit());

const around = {
  out: process.stdout,
  err: process.stderr,
  signal: controller.signal,
  computeEntry: join(import.meta.dirname, "compute.cjs"),
  pageAssets: join(import.meta.dirname, "webview"),
};
void main(process.argv.slice(2), around).then((code) => {
  process.exitCode = code;
});
