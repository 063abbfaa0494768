/** The saved report in a real browser: bundled as the build does, written as the command line does, watched for refusals. */
import { createHash } from "node:crypto";
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type PageAsset, type PageAssets, reportHtml } from "../../src/core/report/html.ts";
import type { Report } from "../../src/core/report/report.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";

export const notRun = chromiumMissing;
export const launch = launchChromium;

/** The page's script and style. */
export async function pageAssets(): Promise<PageAssets> {
  const result = await build({
    entryPoints: { report: "webview/report/main.ts" },
    bundle: true,
    minify: true,
    write: false,
    outdir: "unused",
    format: "esm",
    target: "es2022",
  });
  const find = (ending: string) => asset(result.outputFiles.find(({ path }) => path.endsWith(ending))!.text);
  return { script: find(".js"), style: find(".css") };
}

export interface OpenReport {
  readonly page: Page;
  /** Refusals of the content security policy, errors and requests that left the file: all have to stay empty. */
  readonly troubles: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Opens a report in a page of its own.
 *
 * @param options.theme CSS variables and body class as VS Code would set them, there before the script runs.
 */
export async function openReport(
  browser: Browser,
  assets: PageAssets,
  report: Report,
  options: BrowserContextOptions & { readonly theme?: VsCodeTheme } = {},
): Promise<OpenReport> {
  const { theme, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...contextOptions });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) troubles.push(`request: ${request.url()}`);
  });
  if (theme !== undefined) await page.addInitScript(applyTheme, theme);
  const html = reportHtml(report, assets);
  await page.route(`${address}**`, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
  await page.goto(address);
  await page.locator("body[data-ready=true]").waitFor();
  await page.waitForTimeout(50);
  return { page, troubles, close: () => context.close() };
}

export interface VsCodeTheme {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

const address = "http://report.test/";

/** Runs before the page's first element exists, and sets both as soon as there is something to set them on. */
export function applyTheme({ bodyClass, variables }: VsCodeTheme): void {
  const observer = new MutationObserver(() => {
    if (document.body === null) return;
    observer.disconnect();
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
    document.body.classList.add(...bodyClass.split(" "));
  });
  observer.observe(document, { childList: true, subtree: true });
}

function asset(text: string): PageAsset {
  return { text, sha256: createHash("sha256").update(text).digest("base64") };
}
