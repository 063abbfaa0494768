import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** CSS variables and body class as VS Code sets them. */
export interface VsCodeTheme {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface WatchedPage {
  readonly page: Page;
  /** Refusals of the content security policy, errors, and requests that left `address`: all have to stay empty. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

export interface WatchedPageOptions extends BrowserContextOptions {
  /** There before the page's first script runs. */
  readonly theme?: VsCodeTheme | undefined;
}

/**
 * An empty page that is watched.
 * @param address where all that it asks for has to begin.
 */
export async function watchedPage(
  browser: Browser,
  address: string,
  { theme, ...options }: WatchedPageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("data:")) troubles.push(`request: ${url}`);
  });
  if (theme !== undefined) await page.addInitScript(applyTheme, theme);
  return { page, troubles, close: () => context.close() };
}

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
