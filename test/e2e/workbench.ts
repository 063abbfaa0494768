/** A VS Code window as a user has it: the Explorer, its menus, tabs, notifications, and what extensions show in them. */
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { launchChromium } from "../fixtures/chromium.ts";
import type { CodeServer } from "./codeServer.ts";

/** Takes pictures of windows in which something did not come. */
const failures = resolve(import.meta.dirname, "../.cache/failures");

export interface WorkbenchOptions {
  readonly folder: string;
  readonly width?: number;
  readonly height?: number;
  /** Entries of the `payload` query, by which a page names an extension under development. */
  readonly payload?: readonly (readonly [string, string])[];
}

export class Workbench {
  readonly page: Page;
  /** Refusals of a content security policy and uncaught errors of our pages: these have to stay empty. */
  readonly troubles: string[] = [];
  private readonly browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.browser = browser;
    this.page = page;
    page.on("console", (message) => {
      const text = message.text();
      const isOurs = message.location().url.includes("/dist/webview/") && message.type() === "error";
      if (isOurs || /Content Security Policy/i.test(text)) this.troubles.push(text);
    });
    page.on("pageerror", (error) => {
      if (error.stack?.includes("/dist/webview/")) this.troubles.push(String(error));
    });
  }

  /** Opens a window on a folder, and waits until its Explorer lists the files. */
  static async open(server: CodeServer, options: WorkbenchOptions): Promise<Workbench> {
    const browser = await launchChromium();
    const viewport = { width: options.width ?? 1400, height: options.height ?? 900 };
    const page = await browser.newPage({ viewport, acceptDownloads: true });
    const workbench = new Workbench(browser, page);
    const query = new URLSearchParams({ folder: options.folder });
    if (options.payload !== undefined) query.set("payload", JSON.stringify(options.payload));
    await page.goto(`${server.url}/?${query}`);
    await workbench.loaded();
    return workbench;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Waits until the Explorer lists files, and until the editor knows the extension: before, a click opens a file as text. */
  async loaded(): Promise<void> {
    await this.page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    await this.page.locator(".activitybar .action-label[aria-label^=Likeness]").waitFor({ timeout: 60_000 });
  }

  /** Reloads the window as a user does, once the editor has written down what was open. */
  async reload(): Promise<void> {
    await this.saved(await this.tabNames());
    await this.page.reload();
    await this.loaded();
  }

  /** Waits until the editor has saved every tab: it does so when the window is idle, and not when it is left. */
  private async saved(tabs: readonly string[]): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (performance.now() < deadline) {
      const state = await this.page.evaluate(savedTabs);
      if (tabs.every((tab) => state.includes(tab))) return;
      await this.page.waitForTimeout(250);
    }
    throw new Error(`the editor never saved that ${tabs.join(", ")} are open`);
  }

  /** A file's row in the Explorer. */
  file(name: string): Locator {
    const label = this.page.locator(".label-name", { hasText: exactly(name) });
    return this.page.locator(".explorer-folders-view .monaco-list-row", { has: label });
  }

  /**
   * Opens a file by a click in the Explorer and gives the page that shows it. In a window's first moments the editor may
   * lose a click to a list that is drawn anew, or not know yet who shows such a file; one clicks again then, as users do.
   */
  async open(name: string, element = "body"): Promise<FrameLocator> {
    await this.file(name).click();
    try {
      return await this.view(element);
    } catch (error) {
      console.log(`${name} is clicked again: ${(error as Error).message}`);
      await this.closeTabs();
      await this.file(name).click();
      return this.view(element);
    }
  }

  /** Waits until a file wears a badge, which the editor draws as generated content. */
  async badge(name: string, text: string): Promise<void> {
    const badges = (row: Element): string[] =>
      [...row.querySelectorAll("*")].map((element) => getComputedStyle(element, "::after").content);
    for (let tries = 0; tries < 50; tries++) {
      if ((await this.file(name).evaluate(badges)).includes(`"${text}"`)) return;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`${name} never wore ${text}`);
  }

  /** Confirms the editor's own dialog for a file or a folder, as it proposes it. */
  async confirmPath(): Promise<void> {
    const dialog = this.page.locator(".quick-input-widget");
    const ok = dialog.getByRole("button", { name: /^(OK|Export Here)$/ });
    await ok.waitFor();
    // The proposal is filled in after the dialog has opened.
    await this.page.waitForTimeout(1000);
    await ok.click();
    await ok.waitFor({ state: "hidden" });
  }

  /** Selects files in the Explorer, as by clicks with the control key held. Selecting one alone opens it, as a click does. */
  private async select(...names: readonly string[]): Promise<void> {
    const selected = this.page.locator(".explorer-folders-view .monaco-list-row.selected");
    for (let tries = 0; tries < 10; tries++) {
      for (const [index, name] of names.entries()) {
        await this.file(name).click({ modifiers: index === 0 ? [] : ["ControlOrMeta"] });
        // The first click opens the file, and the Explorer then selects what was opened: alone.
        await this.page.waitForTimeout(500);
      }
      if ((await selected.count()) === names.length) return;
    }
    throw new Error(`${names.join(", ")} could not be selected together`);
  }

  /** Chooses from the context menu of a file, or of several that are selected together. */
  async choose(files: string | readonly string[], item: string): Promise<void> {
    const menu = await this.menuWith([files].flat(), item);
    // A menu takes no click in its first moments: they would be the end of the one that opened it.
    await this.page.waitForTimeout(300);
    await menu.getByText(item, { exact: true }).click();
    await menu.waitFor({ state: "hidden" });
  }

  /** The texts of a file's context menu, opened when it has the item. */
  async menuItems(name: string, item: string): Promise<string[]> {
    const menu = await this.menuWith([name], item);
    const labels = await menu.locator(".action-label").allInnerTexts();
    await this.page.keyboard.press("Escape");
    return labels.filter((label) => label !== "");
  }

  /** Contributed items come seconds after the Explorer, and a selection can be lost to a file that has just opened. */
  private async menuWith(names: readonly string[], item: string): Promise<Locator> {
    const menu = this.page.locator(".monaco-menu").last();
    for (let tries = 0; tries < 15; tries++) {
      if (names.length > 1) await this.select(...names);
      await this.file(names.at(-1) ?? "").click({ button: "right" });
      await menu.waitFor();
      if ((await menu.getByText(item, { exact: true }).count()) > 0) return menu;
      await this.page.keyboard.press("Escape");
      await this.page.waitForTimeout(250);
    }
    throw new Error(`the context menu of ${names.join(", ")} never had ${item}`);
  }

  /** Runs a command by its title from the palette. */
  async command(title: string): Promise<void> {
    // The Explorer has keys of its own, and so has a page; a click on the title bar leaves both.
    await this.page.locator(".part.titlebar").click({ position: { x: 200, y: 10 } });
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.fill(`>${title}`, { timeout: 10_000 });
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  }

  /** A tab by (a part of) its name. */
  tab(name: string | RegExp): Locator {
    return this.page.locator(".tabs-container .tab", { hasText: name });
  }

  async tabNames(): Promise<string[]> {
    return this.page.locator(".tabs-container .tab .label-name").allInnerTexts();
  }

  async closeTabs(): Promise<void> {
    const tabs = this.page.locator(".tabs-container .tab");
    while ((await tabs.count()) > 0) {
      const before = await tabs.count();
      await tabs.first().click({ button: "middle" });
      for (let tries = 0; tries < 50 && (await tabs.count()) === before; tries++) await this.page.waitForTimeout(50);
    }
  }

  /** The document of the extension's page that is in front, once it is ready and has the element. */
  async view(element = "body"): Promise<FrameLocator> {
    // Two frames deep: the editor's own, then ours. Every page that is kept while hidden has a pair of its own.
    const frames = this.page.locator("iframe.webview.ready");
    const deadline = performance.now() + 60_000;
    while (performance.now() < deadline) {
      for (const frame of await frames.all()) {
        if (!(await frame.isVisible())) continue;
        const name = await frame.getAttribute("name", { timeout: 1000 }).catch(() => null);
        if (name === null) continue;
        const view = this.page.frameLocator(`iframe.webview[name="${name}"]`).frameLocator("iframe#active-frame");
        if ((await view.locator(`body[data-ready=true] ${element === "body" ? "" : element}`).count()) > 0) return view;
      }
      await this.page.waitForTimeout(100);
    }
    const picture = join(failures, `${randomUUID()}.png`);
    await this.page.screenshot({ path: picture });
    const [tabs, shown] = [await this.tabNames(), await frames.count()];
    throw new Error(
      `no page of the extension became ready with ${element}; tabs: ${tabs.join(", ") || "none"}; pages: ${shown}; the window: ${picture}`,
    );
  }

  /** Makes the window as wide as a page in it needs to have some width, without the side bar where that is little. */
  async setPageWidth(view: FrameLocator, width: number): Promise<number> {
    const measure = (): Promise<number> => view.locator("html").evaluate(() => innerWidth);
    const deadline = performance.now() + 20_000;
    while ((await measure()) !== width && performance.now() < deadline) {
      const viewport = this.page.viewportSize();
      if (viewport === null) break;
      await this.page.setViewportSize({ ...viewport, width: viewport.width + width - (await measure()) });
      await this.settled(measure);
    }
    return measure();
  }

  /** Waits until a number has been the same for a while: a window's parts follow its size one after the other. */
  private async settled(measure: () => Promise<number>): Promise<void> {
    let last = await measure();
    for (let same = 0; same < 4; ) {
      await this.page.waitForTimeout(150);
      const now = await measure();
      same = now === last ? same + 1 : 0;
      last = now;
    }
  }

  /** A notification by a part of its text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text });
  }

  /** An item of the status bar by a part of its text. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text });
  }
}

/** Runs in the page: what the editor has saved of its tabs. */
async function savedTabs(): Promise<string> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const texts: string[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith("vscode-web-state-db-")) continue;
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const tabs = database.transaction(store).objectStore(store).get("memento/workbench.parts.editor");
      texts.push(String(await done(tabs)));
    }
    database.close();
  }
  return texts.join("\n");
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
