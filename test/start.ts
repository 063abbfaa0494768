import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * `npm start`: two networks of the sample, which solve the same task by different features, compared by the command
 * line as it is built, on the probe that the sample's `likeness.json` names. `npm start -- --headless` does the same.
 */
const root = resolve(import.meta.dirname, "..");
const sample = (name: string): string => resolve(root, "media/sample", name);
const page = resolve("likeness-report.html");

const { error, status } = spawnSync(
  process.execPath,
  [resolve(root, "dist/cli.cjs"), "compare", sample("ears-seed0.onnx"), sample("tail-seed0.onnx"), "--html", page],
  { stdio: "inherit" },
);
if (error) throw error;
if (status === 0) console.log(`\nThe whole report, to open in a browser: ${pathToFileURL(page)}`);
process.exitCode = status ?? 1;
