/** VS Code in the browser (code-server), each with its own port, user data and extensions: nothing shared with anyone. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const version = "4.139.1";
const folder = resolve(import.meta.dirname, "../.cache/code-server");
const entry = join(folder, "node_modules/code-server/out/node/entry.js");
/** Written when an installation has come to its end: half of one would start and then lack its native modules. */
const complete = join(folder, `complete-${version}`);

/** Why no code-server can be had, or `undefined` where one is installed. */
export function codeServerMissing(): string | undefined {
  if (Number(process.versions.node.split(".")[0]) !== 24)
    return `code-server wants Node 24; this is ${process.version}`;
  return existsSync(complete) ? undefined : "code-server is not installed (npm start installs it)";
}

/**
 * Installs code-server into an ignored folder, with the compiler and libraries of this machine: about 90 seconds.
 * Answers why it could not, or `undefined` when it is there.
 */
export function installCodeServer(): string | undefined {
  if (codeServerMissing() === undefined) return undefined;
  if (process.platform === "win32") return "code-server does not run on Windows";
  console.log(`Installing code-server ${version}, once, into ${folder}: about 90 seconds …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const install = ["install", "--no-audit", "--no-fund", "--loglevel=error", `code-server@${version}`];
  // Its installation reads the Node version out of this, where an npm around us may have left its own.
  const { npm_config_user_agent: _outer, ...env } = process.env;
  const { status, error, stderr } = spawnSync("npm", install, { cwd: folder, env, encoding: "utf8" });
  if (status !== 0 || !existsSync(entry)) {
    return `code-server could not be installed: ${(error?.message ?? stderr).trim() || "npm failed"}`;
  }
  writeFileSync(complete, "");
  return codeServerMissing();
}

/** Settings of a VS Code that neither greets, advertises nor fetches. */
export const quiet = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.showReleaseNotes": false,
  "chat.disableAIFeatures": true,
  "window.commandCenter": false,
  "git.enabled": false,
};

export interface CodeServerOptions {
  /** Packages to install first. */
  readonly extensions?: readonly string[];
  /** Folder of an extension to run as it lies there. */
  readonly source?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether folders start out untrusted, as on a user's desktop. */
  readonly restricted?: boolean;
  /** Whether a page may name an extension to load from source, and tests to run in its host. */
  readonly driver?: boolean;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CodeServer {
  readonly url: string;
  /** Its user data, with logs. */
  readonly userData: string;
  readonly process: ChildProcess;
  /** Ends it with everything that it started, and removes what it wrote. */
  stop(): Promise<void>;
}

/** Installs the extensions and starts a server, which answers when this resolves. */
export async function startCodeServer(options: CodeServerOptions = {}): Promise<CodeServer> {
  const home = mkdtempSync(join(tmpdir(), "likeness-editor-"));
  const userData = join(home, "data");
  const extensions = join(home, "extensions");
  mkdirSync(join(userData, "User"), { recursive: true });
  mkdirSync(extensions);
  writeFileSync(join(userData, "User/settings.json"), JSON.stringify({ ...quiet, ...options.settings }));
  writeFileSync(join(home, "config.yaml"), "auth: none\n");
  const places = ["--user-data-dir", userData, "--extensions-dir", extensions, "--config", join(home, "config.yaml")];
  for (const extension of options.extensions ?? []) {
    const install = [entry, ...places, "--install-extension", extension, "--force"];
    const { status, stdout, stderr } = spawnSync(process.execPath, install, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${extension} could not be installed:\n${stdout}${stderr}`);
  }
  if (options.source !== undefined) symlinkSync(options.source, join(extensions, "likeness"), "junction");
  const port = options.port ?? (await freePort());
  const flags = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--ignore-last-opened"];
  flags.push("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override");
  if (!options.restricted) flags.push("--disable-workspace-trust");
  if (options.driver) flags.push("--vscode-option", "enable-smoke-test-driver");
  const log = openSync(join(home, "server.log"), "a");
  const child = spawn(process.execPath, [entry, ...places, ...flags], {
    stdio: ["ignore", log, log],
    // A group of its own, so that its extension hosts end with it.
    detached: true,
    env: { ...process.env, ...options.env },
  });
  const server: CodeServer = {
    url: `http://127.0.0.1:${port}`,
    userData,
    process: child,
    async stop() {
      await endGroup(child);
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  await answers(server);
  return server;
}

async function answers({ url, process: child, stop }: CodeServer): Promise<void> {
  for (let tries = 0; tries < 150 && child.exitCode === null; tries++) {
    const ok = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(200);
  }
  await stop();
  throw new Error("code-server does not answer");
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, "exit");
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      return;
    }
    await Promise.race([ended, sleep(1500)]);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
