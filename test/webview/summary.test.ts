import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import { type Bundle, bundled } from "./bundled.ts";
import { type OpenSummary, openSummary } from "./summaryPage.ts";
import { failedSummary, largeSummary, smallSummary, streamingSummary } from "./summaryStates.ts";
import { highContrast, highContrastLight, vsCodeDark, vsCodeLight } from "./themes.ts";

const pictures = "test/output/summary";
const themes = { vsCodeDark, vsCodeLight, highContrast, highContrastLight };
const states = { small: smallSummary, large: () => streamingSummary(0.4), failed: failedSummary };

describe("the summary of a checkpoint in a browser", { skip: chromiumMissing ?? false }, () => {
  let browser: Browser;
  let assets: Bundle;

  before(async () => {
    [browser, assets] = await Promise.all([launchChromium(), bundled("summary")]);
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser?.close());

  const open = (options: Parameters<typeof openSummary>[2] = {}): Promise<OpenSummary> =>
    openSummary(browser, assets, { theme: vsCodeDark, ...options });
  const grid = (page: Page) => page.getByRole("grid", { name: "Tensors" });
  const rows = (page: Page) => page.locator("tensor-table .body .row");
  const names = (page: Page): Promise<string[]> => page.locator("tensor-table .body .cell.name").allInnerTexts();

  for (const [name, theme] of Object.entries(themes)) {
    test(`${name}: every state at 300, 800 and 1400 px, without trouble and without a sideways scroll`, async () => {
      const { page, troubles, show, close } = await open({ theme });
      for (const [state, make] of Object.entries(states)) {
        await show(make());
        for (const width of [1400, 800, 300]) {
          await page.setViewportSize({ width, height: 900 });
          await page.screenshot({ path: `${pictures}/${state}-${name}-${width}.png` });
          const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(scrolled <= width, `${state} at ${width}: ${scrolled}`);
          const cut = await page.evaluate(() => {
            const row = document.querySelector("tensor-table .body .row");
            return row === null ? 0 : row.scrollWidth - row.clientWidth;
          });
          assert.ok(cut <= 0, `${state} at ${width}: a row is ${cut} px too wide`);
        }
      }
      assert.deepEqual(troubles, []);
      await close();
    });
  }

  test("forced colours", async () => {
    const { page, troubles, show, close } = await open({ forcedColors: "active", colorScheme: "dark" });
    await show(smallSummary());
    await rows(page).nth(3).click();
    await page.screenshot({ path: `${pictures}/small-forced.png` });
    assert.deepEqual(troubles, []);
    await close();
  });

  test("what a screen reader meets", async () => {
    const { page, show, close } = await open();
    await show({ ...smallSummary(), isBaseline: true });
    const snapshot = (await page.locator("main").ariaSnapshot()).replaceAll(/[\u00a0\u202f]/g, " ");
    for (const part of [
      '- heading "ears-seed0.onnx Baseline" [level=1]',
      "- paragraph: ONNX, 61 KB. 14 666 parameters in 5 tensors, all float32.",
      '- button "Compare with…"',
      "- strong: 1 tensor with NaN or infinite numbers",
      '- searchbox "Filter tensors"',
      '- combobox "Sort by"',
      '- grid "Tensors"',
      '- columnheader "Std"',
      'row "fc.weight float32 10 × 512 −0.00200 0 0.00200 3.33e−4 from −0.00200 to 0.00200, mean 0 12"',
    ]) {
      assert.ok(snapshot.includes(part), `${part}\nis not in\n${snapshot}`);
    }
    assert.ok(!snapshot.includes("Select as Baseline"));
    assert.equal(await grid(page).getAttribute("aria-rowcount"), "6");
    await close();
  });

  test("of five thousand tensors only those in sight exist, and the keyboard reaches the last", async () => {
    const { page, show, close } = await open();
    await show(largeSummary());
    assert.ok((await rows(page).count()) < 80);
    await grid(page).focus();
    await page.keyboard.press("End");
    await page.waitForTimeout(80);
    const active = page.locator("tensor-table .row.active");
    assert.equal(await active.getAttribute("aria-rowindex"), "5001");
    assert.equal(await grid(page).getAttribute("aria-activedescendant"), await active.getAttribute("id"));
    assert.match(await active.innerText(), /^999\.attention_mask_indices/);
    const box = await active.boundingBox();
    assert.ok(box !== null && box.y > 0 && box.y + box.height <= 900.5, JSON.stringify(box));
    await page.keyboard.press("Enter");
    assert.match(
      await page.getByRole("complementary").innerText(),
      /model\.language_model\.layers\.999\.attention_mask_indices/,
    );
    await page.keyboard.press("Escape");
    assert.match(await page.getByRole("complementary").innerText(), /Choose a tensor/);
    await close();
  });

  test("filter, sort and the faulty ones", async () => {
    const { page, show, close } = await open();
    await show(largeSummary());
    await page.getByRole("searchbox").fill("q_proj layers.12. 4096x4096");
    assert.deepEqual(await names(page), ["12.self_attn.q_proj.weight"]);
    await show(smallSummary());
    await page.getByRole("searchbox").fill("");
    await page.getByRole("columnheader", { name: "Max" }).getByRole("button").click();
    assert.equal(await page.getByRole("columnheader", { name: "Max" }).getAttribute("aria-sort"), "descending");
    assert.equal((await names(page))[0], "stem.conv.weight");
    await page.getByLabel("Sort by").selectOption("By name");
    await page.getByRole("button", { name: "Descending" }).click();
    await page.getByRole("button", { name: "Descending" }).click();
    assert.equal((await names(page)).length, 5);
    await page.getByRole("button", { name: "Show only these" }).click();
    assert.deepEqual(await names(page), ["fc.weight"]);
    await close();
  });

  test("a tensor that is not decoded says so, with the reason where it is opened", async () => {
    const { page, show, close } = await open();
    const state = smallSummary();
    const reason = "The elements are F6_E2M3, which is listed but not read.";
    const unread = { minimum: null, maximum: null, mean: null, standardDeviation: null, histogram: [], unread: reason };
    await show({ ...state, statistics: state.statistics.map((each, i) => (i === 0 ? { ...each, ...unread } : each)) });
    assert.match(await rows(page).first().innerText(), /not decoded/);
    assert.equal(await page.getByText("not decoded", { exact: true }).count(), 1);
    await rows(page).first().click();
    assert.equal(await page.getByText(`Not decoded. ${reason}`).count(), 1);
    await close();
  });

  test("buttons ask the host, and what is being read can be stopped", async () => {
    const { page, intents, show, close } = await open();
    await show(streamingSummary(0.4));
    const progress = page.getByRole("progressbar");
    assert.ok(Math.abs((await progress.evaluate((bar: HTMLProgressElement) => bar.value)) - 0.4) < 0.01);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Compare with mixture-of-experts-base.onnx" }).click();
    await page.getByRole("button", { name: "Compare with…" }).click();
    await page.getByRole("button", { name: "Select as Baseline" }).click();
    await page.getByRole("button", { name: "Copy as Command Line" }).click();
    await show(failedSummary());
    assert.match(await page.getByRole("alert").innerText(), /its end is missing/);
    await page.getByRole("button", { name: "Try Again" }).click();
    assert.deepEqual(
      intents.map(({ type }) => type),
      ["ready", "cancel", "compareWithBaseline", "compareWith", "selectAsBaseline", "copyCommandLine", "retry"],
    );
    await close();
  });

  test("where the architecture came from is said, and another can be chosen", async () => {
    const { page, intents, show, close } = await open();
    const state = smallSummary();
    const { model } = state;
    assert.ok(model);
    const donor = "/home/user/runs/net.onnx";
    const architecture = { source: "donor", name: "net.onnx", evidence: "5 by name and shape.", file: donor } as const;
    await show({
      ...state,
      isArchitectureChosen: true,
      model: { ...model, architecture, weightSets: ["ema_state_dict"] },
    });
    const told = await page.locator(".facts").innerText();
    assert.match(told, /the graph of net\.onnx, chosen by you for this folder\.\s+5 by name and shape\./);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("button", { name: "Choose Architecture…" }).click();
    await page.screenshot({ path: `${pictures}/architecture-1400.png` });
    await page.getByLabel("Weights").selectOption("ema_state_dict");
    assert.deepEqual(intents.slice(1), [
      { type: "openFile", path: donor },
      { type: "chooseArchitecture" },
      { type: "chooseWeights", name: "ema_state_dict" },
    ]);
    await show({
      ...state,
      model: { ...model, architecture: { source: "none", name: "", evidence: "the file holds weights alone" } },
    });
    assert.match(await page.locator(".facts").innerText(), /not known: the file holds weights alone/);
    assert.equal(await page.getByRole("button", { name: "Choose Architecture…" }).count(), 1);
    await close();
  });

  test("what the user set is there again when the editor shows the view anew", async () => {
    const first = await open();
    await first.show(largeSummary());
    await first.page.getByRole("searchbox").fill("layernorm");
    await rows(first.page).nth(2).click();
    await first.page.mouse.wheel(0, 400);
    await first.page.waitForTimeout(300);
    const kept = JSON.parse((await first.page.locator("body").getAttribute("data-kept")) ?? "");
    await first.close();
    const second = await open({ kept });
    await second.show(largeSummary());
    assert.equal(await second.page.getByRole("searchbox").inputValue(), "layernorm");
    assert.equal(await second.page.evaluate(() => Math.round(window.scrollY)), 400);
    assert.equal(await second.page.locator("tensor-table .row.chosen").count(), 1);
    await second.close();
  });

  test("statistics arrive a few at a time, and a lost message is noticed", async () => {
    const { page, intents, show, close } = await open();
    const whole = smallSummary();
    const { statistics } = whole;
    await show({
      ...whole,
      statistics: statistics.slice(0, 2),
      statisticsStatus: { kind: "running", phase: "Reading" },
    });
    const next = { type: "summaryProgress", statisticsStatus: { kind: "done" } } as const;
    await show({ ...next, from: 2, statistics: statistics.slice(2) });
    assert.equal(await page.locator("tensor-table .histogram").count(), 5);
    assert.equal(await page.getByRole("progressbar").count(), 0);
    await show({ ...next, from: 4, statistics: statistics.slice(4) });
    assert.deepEqual(
      intents.map(({ type }) => type),
      ["ready", "ready"],
    );
    await close();
  });

  test("names from a file are text", async () => {
    const { page, troubles, show, close } = await open();
    const state = smallSummary();
    const model = state.model;
    assert.ok(model);
    const name = '<img src=x onerror="alert(1)">.weight';
    const tensors = [{ name, dtype: "float32", shape: [1] }];
    await show({ ...state, model: { ...model, tensors, facts: { [name]: name } }, statistics: [] });
    assert.equal((await names(page))[0], name);
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(troubles, []);
    await close();
  });
});
