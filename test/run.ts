import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { codeServerMissing, installCodeServer } from "./e2e/codeServer.ts";

/**
 * `npm test`: types and style, then the tests by Node's own runner, at last those in a real VS Code, from source and
 * from the package. A test whose parts are not on this machine (a browser, an editor, PyTorch, the real networks) skips
 * itself and says "not run: …"; `--install` installs the editor first. `npm run test:real` (`--real`) runs the tests of
 * real networks, which take longer.
 */
const root = resolve(import.meta.dirname, "..");
const real = process.argv.includes("--real");

/** Runs a program of the project's own to its end, its output on ours; answers whether it was content. */
function run(program: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status === 0;
}

function bin(name: string): string {
  return join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);
}

/** Runs every test in some folders; those that share a machine's two or three windows run one after another. */
function runTests(folders: readonly string[], ...flags: string[]): boolean {
  return run(process.execPath, "--test", ...flags, ...folders.map((folder) => `test/${folder}/**/*.test.ts`));
}

if (real) {
  process.exitCode = runTests(["real"]) ? 0 : 1;
} else {
  const checked = [run(bin("tsc"), "-b"), run(bin("biome"), "check")].every(Boolean);
  console.log("not run: tests of real networks (npm run test:real runs them)");
  const passed = [runTests(["unit", "cli", "webview", "fuzz"])];
  const install = process.argv.includes("--install");
  const missing = install ? installCodeServer() : codeServerMissing();
  if (missing === undefined) {
    passed.push(run(process.execPath, "package.ts", "--target", "linux-x64", "--out", "test/.cache"));
    passed.push(runTests(["host", "e2e"], "--test-concurrency=1"));
  } else {
    console.log(`not run: tests in an editor: ${missing}`);
    // Who asks for the installation wants these tests run.
    if (install) passed.push(false);
  }
  if (!checked) console.error("The types or the style are not in order: see the beginning.");
  process.exitCode = checked && passed.every(Boolean) ? 0 : 1;
}
