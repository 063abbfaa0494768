import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { decode } from "fast-png";
import type { Report } from "../../src/core/report/report.ts";
import { launchChromium } from "../fixtures/chromium.ts";
import { compare, comparisonView } from "./comparison.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

describe("what a comparison is exported as", { skip: editorMissing() }, () => {
  let session: Session;
  let verdict: string;
  before(async () => {
    session = await openSession();
    const view = await compare(session.workbench, "ears-seed0.onnx", "tail-seed0.onnx");
    verdict = await view.locator(".verdict").first().innerText();
  });
  after(() => session?.close());

  async function chosen(format: RegExp): Promise<void> {
    const view = await comparisonView(session.workbench);
    await view.getByRole("button", { name: /^Export/ }).click();
    await view.getByRole("menuitem", { name: format }).click();
  }

  /** Exports to where the editor proposes, and answers that path. */
  async function exported(format: RegExp, ending: string): Promise<string> {
    const name = `ears-seed0-vs-tail-seed0.${ending}`;
    await chosen(format);
    await session.workbench.confirmPath();
    await session.workbench.notification(`Exported to ${name}`).first().waitFor();
    return join(session.workspace.folder, name);
  }

  test("PNG is a picture of the heatmap", async () => {
    const { width, height, data } = decode(readFileSync(await exported(/^PNG/, "png")));
    assert.ok(width >= 400 && height >= 400, `${width} × ${height}`);
    const colours = new Set<number>();
    for (let i = 0; i < data.length; i += 4 * 97) colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    assert.ok(colours.size > 50, `${colours.size} colours`);
  });

  test("SVG stands alone, with every value as text", async () => {
    const svg = readFileSync(await exported(/^SVG/, "svg"), "utf8");
    assert.match(svg, /^<svg[^>]+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(svg.includes("conv1") && !/<(script|image|foreignObject)/i.test(svg));
  });

  test("HTML opens in a browser without the editor, and says the same", async () => {
    const path = await exported(/^HTML/, "html");
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(path).href);
      await page.locator("body[data-ready=true]").waitFor();
      assert.equal(await page.locator(".verdict").first().innerText(), verdict);
    } finally {
      await browser.close();
    }
  });

  test("CSV is a folder of tables, with the numbers of the report", async () => {
    const report: Report = JSON.parse(readFileSync(await exported(/^JSON/, "likeness.json"), "utf8"));
    const { folder } = session.workspace;
    await chosen(/^CSV/);
    await session.workbench.confirmPath();
    await session.workbench
      .notification(/Exported to .*csv/)
      .first()
      .waitFor();
    const tables = readdirSync(folder).find((name) => name.endsWith("csv"));
    assert.ok(tables);
    const [name = ""] = readdirSync(join(folder, tables)).filter((file) => file.startsWith("cka.linear.unbiased"));
    const text = readFileSync(join(folder, tables, name), "utf8");
    const value = report.measures?.["cka.linear.unbiased"]?.values[0]?.[0];
    assert.ok(value !== undefined && text.includes(String(value)), `${value} is not in ${name}`);
  });

  test("JSON is a report, which is reopened as a panel", async () => {
    const { workbench, workspace } = session;
    const name = readdirSync(workspace.folder).find((file) => file.endsWith(".likeness.json"));
    assert.ok(name);
    await workbench.closeTabs();
    await workbench.file(name).click();
    const view = await comparisonView(workbench);
    await view.locator(".map layer-heatmap").first().waitFor();
    assert.equal(await view.locator(".verdict").first().innerText(), verdict);
    assert.equal(await view.getByRole("button", { name: "Cancel" }).count(), 0);
  });

  test("no page was refused anything by its policy, and none failed", () => {
    assert.deepEqual(session.workbench.troubles, []);
  });
});
