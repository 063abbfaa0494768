/** The comparison panel in a real browser: its document and policy as the host writes them, and a host that only listens. */
import type { Browser } from "playwright-core";
import { pageHtml } from "../../src/host/webviewHtml.ts";
import type { ComparisonIntent, ComparisonState, OpenPair } from "../../src/protocol/view.ts";
import type { Bundle } from "./bundled.ts";
import { type WatchedPage, type WatchedPageOptions, watchedPage } from "./watchedPage.ts";

export interface OpenPanel extends WatchedPage {
  /** What the view has said, `ready` first. */
  intents(): Promise<readonly ComparisonIntent[]>;
  show(message: ComparisonState | OpenPair): Promise<void>;
  /** What the view left with the editor. */
  kept(): Promise<unknown>;
}

export interface PanelOptions extends WatchedPageOptions {
  /** What the view finds that it left before. */
  readonly kept?: unknown;
}

const address = "http://panel.test/";

/** Opens the panel in a page of its own and shows it a state. */
export async function openPanel(
  browser: Browser,
  { script, style }: Bundle,
  state: ComparisonState,
  { kept, ...options }: PanelOptions = {},
): Promise<OpenPanel> {
  const watched = await watchedPage(browser, address, options);
  const { page } = watched;
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
    return url.startsWith("data:") ? route.continue() : route.abort();
  });
  await page.goto(address);
  const opened: OpenPanel = {
    ...watched,
    intents: () => page.evaluate(() => (window as unknown as FakeWindow).intents),
    show: async (message) => {
      await page.evaluate((data) => window.postMessage(data), message);
      await page.waitForTimeout(60);
    },
    kept: () => page.evaluate(() => (window as unknown as FakeWindow).kept),
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
