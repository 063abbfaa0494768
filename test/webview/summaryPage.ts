/** The summary in a page of its own: the host's own document and policy, and a host that only listens. */
import type { Browser } from "playwright-core";
import { pageHtml } from "../../src/host/webviewHtml.ts";
import type { SummaryIntent, SummaryProgress, SummaryState } from "../../src/protocol/view.ts";
import type { Bundle } from "./bundled.ts";
import { type WatchedPage, type WatchedPageOptions, watchedPage } from "./watchedPage.ts";

export interface OpenSummary extends WatchedPage {
  /** What the page asked of its host. */
  readonly intents: readonly SummaryIntent[];
  show(message: SummaryState | SummaryProgress): Promise<void>;
}

const address = "http://summary.test/";

export async function openSummary(
  browser: Browser,
  { script, style }: Bundle,
  { kept, ...options }: WatchedPageOptions & { readonly kept?: unknown } = {},
): Promise<OpenSummary> {
  const watched = await watchedPage(browser, address, options);
  const { page } = watched;
  const intents: SummaryIntent[] = [];
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
    ...watched,
    intents,
    async show(state) {
      await page.evaluate((message) => window.postMessage(message, "*"), state);
      await page.locator("body[data-ready=true]").waitFor();
      await page.waitForTimeout(80);
    },
  };
}
