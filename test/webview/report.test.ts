import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { PageAssets } from "../../src/core/report/html.ts";
import type { Report } from "../../src/core/report/report.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import { largeReport, negativeReport, rectangularReport, smallReport, threeModelsReport } from "../fixtures/reports.ts";
import { openReport, pageAssets } from "./reportPage.ts";
import { highContrast, vsCodeDark, vsCodeLight } from "./themes.ts";
import type { WatchedPage } from "./watchedPage.ts";

const pictures = "test/output/report";

describe("the report in a browser", { skip: chromiumMissing ?? false }, () => {
  let browser: Browser;
  let assets: PageAssets;

  before(async () => {
    [browser, assets] = await Promise.all([launchChromium(), pageAssets()]);
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser?.close());

  async function open(report: Report, options: Parameters<typeof openReport>[3] = {}): Promise<WatchedPage> {
    return openReport(browser, assets, report, options);
  }

  const grid = (page: Page) => page.locator(".map layer-heatmap").getByRole("grid");
  const live = (page: Page) => page.locator(".map layer-heatmap").getByRole("gridcell");

  /** The page at every width, pictured, without trouble and without a sideways scroll. */
  async function look({ page, troubles }: WatchedPage, name: string): Promise<void> {
    for (const width of [1400, 700, 300]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrolled <= width, `${name}: ${scrolled} > ${width}`);
    }
    assert.deepEqual(troubles, [], name);
  }

  const reports = {
    small: smallReport,
    negative: negativeReport,
    rectangular: rectangularReport,
    large: largeReport,
    three: threeModelsReport,
  };
  for (const [name, make] of Object.entries(reports)) {
    test(`${name}: dark, light and forced colours at 300, 700 and 1400 px`, async () => {
      const opened = await open(make(), { colorScheme: "dark" });
      await look(opened, `${name}-dark`);
      await opened.page.emulateMedia({ colorScheme: "light" });
      await look(opened, `${name}-light`);
      await opened.page.emulateMedia({ colorScheme: "dark", forcedColors: "active" });
      await look(opened, `${name}-forced`);
      await opened.close();
    });
  }

  for (const [name, theme] of Object.entries({ vsCodeDark, vsCodeLight, highContrast })) {
    test(`${name}: the page takes the editor's colours, whatever the system's are`, async () => {
      const opened = await open(rectangularReport(), { theme, colorScheme: name === "vsCodeDark" ? "light" : "dark" });
      await look(opened, `rectangular-${name}`);
      const paper = await opened.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(
        paper,
        name === "vsCodeDark" ? "rgb(31, 31, 31)" : name === "vsCodeLight" ? "rgb(255, 255, 255)" : "rgb(0, 0, 0)",
      );
      await opened.close();
    });
  }

  test("what a screen reader meets", async () => {
    const { page, troubles, close } = await open(smallReport());
    await grid(page).focus();
    const snapshot = (await page.locator("main").ariaSnapshot()).replaceAll("\u00a0", " ");
    for (const part of [
      '- heading "A seed0 × B seed1" [level=1]',
      "- paragraph: Same architecture. Agree on 91 % of 512 images (A 87.5 %, B 87.9 % right).",
      '- combobox "Measure"',
      'grid "CKA, linear, unbiased. Rows: A seed0. Columns: B seed1."',
      'gridcell "conv1 × conv1, CKA, linear, unbiased 1.00, 95 % interval 0.99 to 1.00, best match in its row"',
      'img "Same layer, by depth: from conv1 1.00 to fc 0.52, 5 layers"',
      '- region "What the numbers rest on"',
    ]) {
      assert.ok(snapshot.includes(part), `${part}\nis not in\n${snapshot}`);
    }
    assert.equal(await grid(page).getAttribute("aria-rowcount"), "5");
    assert.equal(await grid(page).getAttribute("aria-activedescendant"), await live(page).getAttribute("id"));
    assert.deepEqual(troubles, []);
    await close();
  });

  test("the keyboard alone reaches every cell and its detail", async () => {
    const { page, close } = await open(negativeReport());
    for (let i = 0; i < 12 && !(await grid(page).evaluate((element) => element.matches(":focus-visible"))); i++) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Control+End");
    assert.match((await live(page).textContent()) ?? "", /^relu6 × relu6,/);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    assert.match((await live(page).textContent()) ?? "", /^bn6 × bn1, CKA, linear, unbiased −0\.28/);
    await page.keyboard.press("Enter");
    assert.match(await text(page.locator(".detail h2")), /^A ?bn6 B ?bn1$/);
    assert.equal(await live(page).getAttribute("aria-selected"), "true");
    await close();
  });

  test("zoom by keyboard keeps the live cell in sight, Escape shows all again", async () => {
    const { page, close } = await open(largeReport());
    await grid(page).focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("+");
    for (let i = 0; i < 3; i++) await page.keyboard.press("PageDown");
    const inSight = await page.locator(".map layer-heatmap").evaluate((element) => {
      const { geometry } = element as unknown as { geometry: import("../../webview/heatmap/geometry.ts").Geometry };
      return { zoom: geometry.view.zoom, rows: geometry.rowsInSight() };
    });
    assert.ok(inSight.zoom > 4);
    assert.ok(inSight.rows[0] <= 30 && 30 < inSight.rows[1], String(inSight.rows));
    await page.keyboard.press("Escape");
    assert.ok(await page.locator(".map layer-heatmap").getByRole("button", { name: "Fit" }).isDisabled());
    await close();
  });

  test("a click shows the pair in every measure, and a reason where it is undefined", async () => {
    const { page, close } = await open(negativeReport());
    await click(page, 14, 3);
    const detail = page.getByRole("region", { name: "Pair of layers" });
    assert.equal(await detail.locator("tbody tr").count(), 3);
    assert.match(await text(detail), /relu5 gives the same for every image/);
    assert.match(await text(detail), /undefined/);
    await click(page, 0, 0);
    assert.match(await text(detail), /Each other’s best match\./);
    assert.match(await text(detail), /n × 16 × 16 × 16/);
    await close();
  });

  test("measures, table and pairs", async () => {
    const { page, troubles, close } = await open(threeModelsReport());
    await page.getByRole("button", { name: "ears-seed1 × tail-seed0" }).click();
    assert.match(await text(page.locator("h1")), /ears-seed1 × B ?tail-seed0/);
    await page.getByLabel("Measure").selectOption("cka.linear.biased");
    assert.match(await text(page.locator(".map .notice")), /Biased: with n 512/);
    await page.getByRole("button", { name: "Table" }).click();
    const table = page.getByRole("table", { name: /^CKA, linear, biased/ });
    assert.equal(await table.getByRole("row").count(), 11);
    assert.deepEqual(troubles, []);
    await close();
  });

  test("digests are whole once focused", async () => {
    const report = smallReport();
    const { page, close } = await open(report);
    await page.locator(".digest").first().focus();
    assert.equal(await text(page.locator(".digest .whole:visible")), report.probe!.digest);
    await close();
  });

  test("a hostile name stays a name", async () => {
    const report = smallReport();
    const evil = `<img src=x onerror="alert(1)">`;
    const models = report.models.map((model) => ({ ...model, path: `/x/${evil}.onnx` }));
    const matrix = report.measures!["cka.linear.unbiased"]!;
    const rows = [evil, ...matrix.rows.slice(1)];
    const hostile = { ...report, models, measures: { "cka.linear.unbiased": { ...matrix, rows } } };
    const { page, troubles, close } = await open(hostile);
    await click(page, 0, 0);
    assert.ok((await text(page.locator(".detail"))).includes(evil));
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(troubles, []);
    await close();
  });

  async function text(locator: Locator): Promise<string> {
    return ((await locator.textContent()) ?? "").replace(/\s+/g, " ").trim();
  }

  async function click(page: Page, row: number, column: number): Promise<void> {
    const heatmap = page.locator(".map layer-heatmap");
    const position = await heatmap.evaluate(
      (element, cell) => {
        const { geometry } = element as unknown as { geometry: import("../../webview/heatmap/geometry.ts").Geometry };
        const { x, y, width, height } = geometry.box(cell);
        return { x: x + width / 2, y: y + height / 2 };
      },
      { row, column },
    );
    await heatmap.locator("canvas.overlay").click({ position });
  }
});
