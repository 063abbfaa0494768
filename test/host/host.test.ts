import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { codeServerMissing, startCodeServer } from "../e2e/codeServer.ts";
import { sampleWorkspace } from "../e2e/sampleWorkspace.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import type { Outcome } from "./suite/index.ts";

const root = resolve(import.meta.dirname, "../..");
const missing = codeServerMissing();
const skip = missing === undefined ? (chromiumMissing ?? false) : `not run: ${missing}`;

/**
 * Runs `suite` inside a real extension host, against the extension as it lies in `dist`: a page of VS Code names both
 * in its address, as VS Code's own tests do, and hears what the suite writes to its console.
 */
test("in the extension host", { skip, timeout: 180_000 }, async (t) => {
  const suite = await bundle();
  const workspace = sampleWorkspace();
  // A folder that looks like nobody's concern: the extension has to stay asleep in it.
  rmSync(join(workspace.folder, "likeness.json"));
  const server = await startCodeServer({ driver: true });
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    await server.stop();
    workspace.remove();
  });
  const page = await browser.newPage();
  const outcomes: Outcome[] = [];
  await page.exposeFunction("codeAutomationLog", (_type: string, [line]: [unknown]) => {
    const outcome = /^likeness-test (.*)$/.exec(String(line))?.[1];
    if (outcome !== undefined) outcomes.push(JSON.parse(outcome));
  });
  const finished = new Promise<number>((resolve) => {
    void page.exposeFunction("codeAutomationExit", resolve);
  });
  const remote = (path: string): string => `vscode-remote://${new URL(server.url).host}${path}`;
  const payload = [
    ["extensionDevelopmentPath", remote(root)],
    ["extensionTestsPath", remote(suite)],
  ];
  const query = new URLSearchParams({ folder: workspace.folder, payload: JSON.stringify(payload) });
  await page.goto(`${server.url}/?${query}`);
  const code = await finished;
  for (const { name, error, notes } of outcomes) {
    await t.test(name, (inner) => {
      for (const note of notes) inner.diagnostic(note);
      if (error !== undefined) throw new Error(error);
    });
  }
  if (outcomes.length === 0) throw new Error(`the suite came to no test (exit code ${code})`);
});

/** The suite as one script that the extension host can load. Answers its path. */
async function bundle(): Promise<string> {
  const outfile = resolve(root, "test/.cache/host/suite.cjs");
  mkdirSync(resolve(outfile, ".."), { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, "suite/index.ts")],
    bundle: true,
    outfile,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode"],
    logLevel: "warning",
  });
  return outfile;
}
