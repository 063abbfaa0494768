import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

/**
 * `npm test`: types and style, then the tests by Node's own runner. A test whose parts are not on this machine (a
 * browser, PyTorch, the real networks) skips itself and says "not run: …". `npm run test:real` (`--real`) runs the
 * tests of real networks, which take longer.
 */
const root = resolve(import.meta.dirname, "..");
const real = process.argv.includes("--real");
const folders = real ? ["real"] : ["unit", "cli", "webview"];

/** Runs a program of the project's own to its end, its output on ours; answers whether it was content. */
function run(program: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status === 0;
}

function bin(name: string): string {
  return join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);
}

const checked = real || [run(bin("tsc"), "-b"), run(bin("biome"), "check")].every(Boolean);
if (!real) console.log("not run: tests of real networks (npm run test:real runs them)");
const passed = run(process.execPath, "--test", ...folders.map((folder) => `test/${folder}/**/*.test.ts`));
if (!checked) console.error("The types or the style are not in order: see the beginning.");
process.exitCode = checked && passed ? 0 : 1;
