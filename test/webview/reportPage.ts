/** The saved report in a real browser: bundled as the build does, written as the command line does, watched for refusals. */
import { createHash } from "node:crypto";
import type { Browser } from "playwright-core";
import { type PageAsset, type PageAssets, reportHtml } from "../../src/core/report/html.ts";
import type { Report } from "../../src/core/report/report.ts";
import { bundled } from "./bundled.ts";
import { type WatchedPage, type WatchedPageOptions, watchedPage } from "./watchedPage.ts";

/** The page's script and style. */
export async function pageAssets(): Promise<PageAssets> {
  const { script, style } = await bundled("report");
  return { script: asset(script), style: asset(style) };
}

const address = "http://report.test/";

/** Opens a report in a page of its own. */
export async function openReport(
  browser: Browser,
  assets: PageAssets,
  report: Report,
  options: WatchedPageOptions = {},
): Promise<WatchedPage> {
  const watched = await watchedPage(browser, address, options);
  const { page } = watched;
  const html = reportHtml(report, assets);
  await page.route(`${address}**`, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
  await page.goto(address);
  await page.locator("body[data-ready=true]").waitFor();
  await page.waitForTimeout(50);
  return watched;
}

function asset(text: string): PageAsset {
  return { text, sha256: createHash("sha256").update(text).digest("base64") };
}
