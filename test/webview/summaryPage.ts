/** The summary in a page of its own: the host's own document and policy, and a host that only listens. */
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { pageHtml } from "../../src/host/webviewHtml.ts";
import type { SummaryIntent, SummaryProgress, SummaryState } from "../../src/protocol/view.ts";
import { applyTheme, type VsCodeTheme } from "./page.ts";

export interface SummaryAssets {
  readonly script: string;
  readonly style: string;
}

export async function summaryAssets(): Promise<SummaryAssets> {
  const { outputFiles } = await build({
    entryPoints: { summary: "webview/summary/main.ts" },
    bundle: true,
    minify: true,
    write: false,
    outdir: "unused",
    format: "esm",
    target: "es2022",
  });
  const find = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return { script: find(".js"), style: find(".css") };
}

export interface OpenSummary {
  readonly page: Page;
  /** Refusals of the content security policy, errors and foreign requests: all have to stay empty. */
  readonly troubles: readonly string[];
  /** What the page asked of its host. */
  readonly intents: readonly SummaryIntent[];
  show(message: SummaryState | SummaryProgress): Promise<void>;
  close(): Promise<void>;
}

const address = "http://summary.test/";

export async function openSummary(
  browser: Browser,
  { script, style }: SummaryAssets,
  options: BrowserContextOptions & { readonly theme?: VsCodeTheme; readonly kept?: unknown } = {},
): Promise<OpenSummary> {
  const { theme, kept, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...contextOptions });
  const page = await context.newPage();
  const troubles: string[] = [];
  const intents: SummaryIntent[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) troubles.push(`request: ${request.url()}`);
  });
  await page.exposeFunction("posted", (intent: SummaryIntent) => void intents.push(intent));
  await page.addInitScript((state) => {
    let now = state;
    const host = globalThis as unknown as { acquireVsCodeApi: unknown; posted(message: unknown): void };
    host.acquireVsCodeApi = () => ({
      postMessage: (message: unknown) => host.posted(message),
      getState: () => now,
      setState: (next: unknown) => {
        now = next;
        document.body.dataset.kept = JSON.stringify(next);
      },
    });
  }, kept);
  if (theme !== undefined) await page.addInitScript(applyTheme, theme);
  const html = pageHtml({
    script: `${address}summary.js`,
    style: `${address}summary.css`,
    cspSource: address,
    nonce: "test",
  });
  const served: Record<string, readonly [type: string, body: string]> = {
    "/": ["text/html", html],
    "/summary.js": ["text/javascript", script],
    "/summary.css": ["text/css", style],
  };
  await page.route(`${address}**`, (route) => {
    const [contentType, body] = served[new URL(route.request().url()).pathname] ?? ["text/plain", ""];
    return route.fulfill({ contentType: `${contentType}; charset=utf-8`, body });
  });
  await page.goto(address);
  await page.locator("checkpoint-summary").waitFor({ state: "attached" });
  return {
    page,
    troubles,
    intents,
    async show(state) {
      await page.evaluate((message) => window.postMessage(message, "*"), state);
      await page.locator("body[data-ready=true]").waitFor();
      await page.waitForTimeout(80);
    },
    close: () => context.close(),
  };
}
