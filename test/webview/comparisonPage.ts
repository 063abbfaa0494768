/** The comparison panel in a real browser: its document and policy as the host writes them, and a host that only listens. */
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { pageHtml } from "../../src/host/webviewHtml.ts";
import type { ComparisonIntent, ComparisonState, OpenPair } from "../../src/protocol/view.ts";
import { applyTheme, type VsCodeTheme } from "./page.ts";

export interface PanelAssets {
  readonly script: string;
  readonly style: string;
}

export async function panelAssets(): Promise<PanelAssets> {
  const result = await build({
    entryPoints: { comparison: "webview/comparison/main.ts" },
    bundle: true,
    minify: true,
    write: false,
    outdir: "unused",
    format: "esm",
    target: "es2022",
  });
  const find = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))!.text;
  return { script: find(".js"), style: find(".css") };
}

export interface OpenPanel {
  readonly page: Page;
  /** Refusals of the content security policy, errors and strange requests: all have to stay empty. */
  readonly troubles: readonly string[];
  /** What the view has said, `ready` first. */
  intents(): Promise<readonly ComparisonIntent[]>;
  show(message: ComparisonState | OpenPair): Promise<void>;
  /** What the view left with the editor. */
  kept(): Promise<unknown>;
  close(): Promise<void>;
}

export interface PanelOptions extends BrowserContextOptions {
  readonly theme?: VsCodeTheme;
  /** What the view finds that it left before. */
  readonly kept?: unknown;
}

const address = "http://panel.test/";

/** Opens the panel in a page of its own and shows it a state. */
export async function openPanel(
  browser: Browser,
  { script, style }: PanelAssets,
  state: ComparisonState,
  { theme, kept, ...options }: PanelOptions = {},
): Promise<OpenPanel> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  if (theme !== undefined) await page.addInitScript(applyTheme, theme);
  await page.addInitScript(fakeHost, kept);
  const files = new Map([
    [address, { contentType: "text/html", body: documentOf() }],
    [`${address}comparison.js`, { contentType: "text/javascript", body: script }],
    [`${address}comparison.css`, { contentType: "text/css", body: style }],
  ]);
  await page.route("**", (route) => {
    const url = route.request().url();
    const file = files.get(url);
    if (file !== undefined) return route.fulfill({ ...file, contentType: `${file.contentType}; charset=utf-8` });
    if (url.startsWith("data:")) return route.continue();
    troubles.push(`request: ${url}`);
    return route.abort();
  });
  await page.goto(address);
  const opened: OpenPanel = {
    page,
    troubles,
    intents: () => page.evaluate(() => (window as unknown as FakeWindow).intents),
    show: async (message) => {
      await page.evaluate((data) => window.postMessage(data), message);
      await page.waitForTimeout(60);
    },
    kept: () => page.evaluate(() => (window as unknown as FakeWindow).kept),
    close: () => context.close(),
  };
  await opened.show(state);
  await page.locator("body[data-ready=true]").waitFor();
  await page.waitForTimeout(50);
  return opened;
}

interface FakeWindow {
  intents: ComparisonIntent[];
  kept: unknown;
}

function documentOf(): string {
  const parts = { script: `${address}comparison.js`, style: `${address}comparison.css` };
  return pageHtml({ ...parts, cspSource: "http://panel.test", nonce: "dGVzdA==" });
}

/** What VS Code gives a webview. */
function fakeHost(kept: unknown): void {
  const fake = { intents: [] as unknown[], kept };
  Object.assign(window, fake, {
    acquireVsCodeApi: () => ({
      postMessage: (intent: unknown) => fake.intents.push(structuredClone(intent)),
      getState: () => (window as unknown as FakeWindow).kept,
      setState: (state: unknown) => Object.assign(window, { kept: structuredClone(state) }),
    }),
  });
}
