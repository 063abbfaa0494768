/** A panel in a real browser: its document and policy as the host writes them, and a host that only listens. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Browser } from "playwright-core";
import { pageHtml } from "../../src/host/webviewHtml.ts";
import type { Bundle } from "./bundled.ts";
import { type WatchedPage, type WatchedPageOptions, watchedPage } from "./watchedPage.ts";

export interface OpenPanel<Message, Intent> extends WatchedPage {
  /** What the view has said, `ready` first. */
  intents(): Promise<readonly Intent[]>;
  show(message: Message): Promise<void>;
  /** What the view left with the editor. */
  kept(): Promise<unknown>;
}

export interface PanelOptions extends WatchedPageOptions {
  /** What the view finds that it left before. */
  readonly kept?: unknown;
  /** Absolute path of the folder that is served as `pictures/`. */
  readonly pictures?: string;
}

const address = "http://panel.test/";

/** Opens a panel in a page of its own and shows it a state. */
export async function openPanelPage<Message, Intent>(
  browser: Browser,
  { script, style }: Bundle,
  state: Message,
  { kept, pictures, ...options }: PanelOptions = {},
): Promise<OpenPanel<Message, Intent>> {
  const watched = await watchedPage(browser, address, options);
  const { page } = watched;
  await page.addInitScript(fakeHost, kept);
  const files = new Map([
    [address, { contentType: "text/html", body: documentOf() }],
    [`${address}panel.js`, { contentType: "text/javascript", body: script }],
    [`${address}panel.css`, { contentType: "text/css", body: style }],
  ]);
  await page.route("**", async (route) => {
    const url = route.request().url();
    const file = files.get(url);
    if (file !== undefined) return route.fulfill({ ...file, contentType: `${file.contentType}; charset=utf-8` });
    if (pictures !== undefined && url.startsWith(`${address}pictures/`)) {
      const name = basename(decodeURIComponent(new URL(url).pathname));
      return route.fulfill({ contentType: "image/png", body: await readFile(join(pictures, name)) });
    }
    return url.startsWith("data:") ? route.continue() : route.abort();
  });
  await page.goto(address);
  const opened: OpenPanel<Message, Intent> = {
    ...watched,
    intents: () => page.evaluate(() => (window as unknown as FakeWindow<Intent>).intents),
    show: async (message) => {
      // What the browser is given has to be a value, of whatever type.
      await page.evaluate((data) => window.postMessage(data), message as unknown);
      await page.waitForTimeout(60);
    },
    kept: () => page.evaluate(() => (window as unknown as FakeWindow<Intent>).kept),
  };
  await opened.show(state);
  await page.locator("body[data-ready=true]").waitFor();
  await page.waitForTimeout(50);
  return opened;
}

interface FakeWindow<Intent> {
  intents: Intent[];
  kept: unknown;
}

function documentOf(): string {
  const parts = { script: `${address}panel.js`, style: `${address}panel.css` };
  return pageHtml({ ...parts, cspSource: "http://panel.test", nonce: "dGVzdA==" });
}

/** What VS Code gives a webview. */
function fakeHost(kept: unknown): void {
  const fake = { intents: [] as unknown[], kept };
  Object.assign(window, fake, {
    acquireVsCodeApi: () => ({
      postMessage: (intent: unknown) => fake.intents.push(structuredClone(intent)),
      getState: () => (window as unknown as FakeWindow<unknown>).kept,
      setState: (state: unknown) => Object.assign(window, { kept: structuredClone(state) }),
    }),
  });
}
