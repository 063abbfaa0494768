import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { installCodeServer, quiet, startCodeServer } from "./e2e/codeServer.ts";
import { sampleWorkspace } from "./e2e/sampleWorkspace.ts";

/**
 * `npm start`: the sample workspace in VS Code, with the extension as it is built here, and two networks of the sample
 * compared, which solve the same task by different features. VS Code is the desktop's `code` where there is one, else
 * code-server in the browser. `npm start -- --headless` compares them by the command line instead.
 */
const root = resolve(import.meta.dirname, "..");

/** The comparison is begun by a task of the folder's own, which is nothing to look at. */
const settings = { "task.allowAutomaticTasks": "on", "files.exclude": { "**/.vscode": true } };

/** Opens a desktop VS Code with a profile of its own, and waits until its window is closed. */
function openDesktop(code: string): void {
  const workspace = sampleWorkspace({ compares: true });
  const profile = join(workspace.folder, "../profile");
  mkdirSync(join(profile, "User"), { recursive: true });
  writeFileSync(join(profile, "User/settings.json"), JSON.stringify({ ...quiet, ...settings }));
  console.log(`Opening ${workspace.folder} in ${code}; Ctrl-C or closing the window ends it.`);
  const flags = ["--new-window", "--wait", "--disable-workspace-trust", `--user-data-dir=${profile}`];
  const { error } = spawnSync(code, [...flags, `--extensionDevelopmentPath=${root}`, workspace.folder], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  workspace.remove();
  if (error) throw error;
}

/** Serves VS Code to a browser until Ctrl-C. */
async function serve(): Promise<void> {
  const workspace = sampleWorkspace({ compares: true });
  const server = await startCodeServer({ source: root, settings });
  console.log(`\nOpen in a browser: ${server.url}/?folder=${encodeURIComponent(workspace.folder)}`);
  console.log("Ctrl-C ends it.");
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), once(server.process, "exit")]);
  await server.stop();
  workspace.remove();
}

function compareHeadless(): void {
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
}

function findCode(): string | undefined {
  const names = process.platform === "win32" ? ["code.cmd"] : ["code"];
  const candidates = (process.env.PATH ?? "").split(delimiter).flatMap((path) => names.map((name) => join(path, name)));
  return candidates.find((file) => existsSync(file));
}

const code = findCode();
if (process.argv.includes("--headless")) {
  compareHeadless();
} else if (code !== undefined) {
  openDesktop(code);
} else {
  const missing = installCodeServer();
  if (missing === undefined) {
    await serve();
  } else {
    console.log(`There is no VS Code to be had here (no \`code\` on the PATH; ${missing}): compared without one.\n`);
    compareHeadless();
  }
}
