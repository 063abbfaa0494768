import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import type { ComparisonIntent, ComparisonState, OpenPair } from "../../src/protocol/view.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import { partialReport, stateOf, withoutReport } from "../fixtures/comparisons.ts";
import { largeReport, negativeReport, rectangularReport, threeModelsReport } from "../fixtures/reports.ts";
import { type Bundle, bundled } from "./bundled.ts";
import { openPanelPage, type OpenPanel as Panel, type PanelOptions } from "./panelPage.ts";
import { highContrast, highContrastLight, vsCodeDark, vsCodeLight } from "./themes.ts";
import type { VsCodeTheme } from "./watchedPage.ts";

const pictures = "test/output/comparison";

type OpenPanel = Panel<ComparisonState | OpenPair, ComparisonIntent>;

describe("the comparison panel in a browser", { skip: chromiumMissing ?? false }, () => {
  let browser: Browser;
  let assets: Bundle;

  before(async () => {
    [browser, assets] = await Promise.all([launchChromium(), bundled("comparison")]);
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser?.close());

  const open = (state: ComparisonState, options: PanelOptions = {}): Promise<OpenPanel> =>
    openPanelPage(browser, assets, state, { theme: vsCodeDark, ...options });

  /** The page at every width, pictured, without trouble and without a sideways scroll. */
  async function look({ page, troubles }: OpenPanel, name: string): Promise<void> {
    for (const width of [1400, 700, 300]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(60);
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrolled <= width, `${name}: ${scrolled} > ${width}`);
    }
    assert.deepEqual(troubles, [], name);
  }

  const report = rectangularReport();
  const states = {
    starting: withoutReport(
      stateOf(report, {
        kind: "running",
        phase: "Estimating",
        secondsLeft: 12,
        estimate: { seconds: 12, memoryMB: 410 },
      }),
    ),
    running: stateOf(
      report,
      { kind: "running", phase: "Comparing", done: 3, total: 8, secondsLeft: 6.2 },
      partialReport(report, 192),
    ),
    again: { ...stateOf(report, { kind: "running", phase: "Reading" }), isEarlier: true },
    done: stateOf(report),
    cancelled: stateOf(report, { kind: "cancelled" }, partialReport(report, 192)),
    failed: withoutReport(
      stateOf(report, {
        kind: "failed",
        failure: {
          code: "compute/died",
          message:
            "The compute process (likeness-compute, process 4711) was ended by SIGKILL during compare: Comparing, 3 of 8.",
          file: "/project/zoo/resnet34.onnx",
          hint: "The system ends a process that way when memory runs out: use fewer samples, a smaller batch or fewer taps. The next request starts a new process.",
        },
      }),
    ),
    saved: { ...stateOf(negativeReport()), saved: true },
    three: stateOf(threeModelsReport()),
    large: stateOf(largeReport()),
  } satisfies Record<string, ComparisonState>;

  const [first, second] = ["/runs/a/epoch=1.pt", "/runs/a/epoch=2.pt"].map((path) => ({ path }));
  const donor = "/runs/a/net.onnx";
  const found = {
    source: "donor",
    name: "net.onnx",
    evidence: "all 22 tensors have their place",
    file: donor,
  } as const;
  const [a, b] = report.models;
  const bare = {
    ...report,
    models: [
      { ...a!, ...first!, architecture: found, weightSets: ["ema"] },
      { ...b!, ...second!, architecture: { ...found, source: "family", name: "ResNet-18 (torchvision)" } as const },
    ],
  };

  test("where each architecture came from is said, with the way to the donor and to another choice", async () => {
    const state = stateOf(bare);
    const models = [{ ...first!, architecture: donor }, second!];
    const opened = await open({ ...state, question: { ...state.question, models } });
    const { page } = opened;
    const origin = page.getByRole("region", { name: "What the numbers rest on" });
    const told = await origin.innerText();
    assert.match(told, /the graph of net\.onnx\. All 22 tensors have their place\./);
    assert.match(told, /ResNet-18 \(torchvision\), a known family\./);
    assert.equal(told.match(/Chosen by you for this folder/g)?.length, 1);
    await origin.getByRole("button", { name: "Open net.onnx" }).first().click();
    await origin.getByRole("button", { name: "Choose architecture of model 2" }).click();
    await page.getByRole("button", { name: "Settings" }).click();
    const form = page.getByRole("form", { name: "Settings" });
    await form.getByLabel("Weights").selectOption("ema");
    await form.getByRole("button", { name: "Another architecture for model 1" }).click();
    await form.getByRole("button", { name: "Compare" }).click();
    const question = { ...state.question, models: [{ ...first!, architecture: donor, weights: "ema" }, second!] };
    assert.deepEqual((await opened.intents()).slice(1), [
      { type: "openModel", path: donor },
      { type: "chooseArchitecture", model: 1 },
      { type: "chooseArchitecture", model: 0, question },
      { type: "run", question },
    ]);
    await look(opened, "architecture");
    await opened.close();
  });

  test("a failure to find an architecture leads to the choice of one", async () => {
    const failure = { code: "architecture/not-found", message: "It holds weights alone.", file: second!.path };
    const opened = await open(withoutReport(stateOf(bare, { kind: "failed", failure })));
    const { page } = opened;
    assert.equal(await page.getByRole("button", { name: /^Choose Architecture/ }).count(), 1);
    await page.getByRole("button", { name: "Choose Architecture of epoch=2…" }).click();
    assert.deepEqual((await opened.intents()).at(-1), { type: "chooseArchitecture", model: 1 });
    await look(opened, "architecture-failed");
    // A donor that was chosen and is gone is a failure of any kind.
    const state = withoutReport(
      stateOf(bare, { kind: "failed", failure: { ...failure, code: "file/not-found", file: donor } }),
    );
    const models = [{ ...first!, architecture: donor }, second!];
    await opened.show({ ...state, question: { ...state.question, models } });
    assert.equal(await page.getByRole("button", { name: "Choose Architecture of epoch=1…" }).count(), 1);
    await opened.close();
  });

  const contrast = { architecture: stateOf(bare), running: states.running, failed: states.failed, saved: states.saved };
  const sheets: readonly (readonly [name: string, theme: VsCodeTheme, shown: Record<string, ComparisonState>])[] = [
    ["dark", vsCodeDark, states],
    ["light", vsCodeLight, states],
    ["contrast", highContrast, contrast],
    ["contrast-light", highContrastLight, contrast],
  ];
  for (const [theme, values, shown] of sheets) {
    test(`${theme}: every state at 300, 700 and 1400 px`, async () => {
      for (const [name, state] of Object.entries(shown)) {
        const opened = await open(state, { theme: values });
        await look(opened, `${name}-${theme}`);
        await opened.close();
      }
      const place = { pair: 0, isTable: false, cell: { row: 4, column: 6 } };
      const opened = await open(states.done, { theme: values, kept: { isFormOpen: true, place } });
      await look(opened, `settings-${theme}`);
      await opened.close();
    });
  }

  test("what a screen reader meets while it runs", async () => {
    const { page, close } = await open(states.running);
    const tree = (await page.locator("likeness-comparison").ariaSnapshot()).replaceAll("\u00a0", " ");
    for (const part of [
      '- region "Comparison":',
      '- progressbar "Progress"',
      "- paragraph: Comparing, 3 of 8 · about 6 s left",
      '- button "Cancel"',
      '- button "Settings"',
      '- button "Copy Command"',
      '- button "Export"',
      "- status: Comparing.",
      '- heading "A resnet18 × B resnet34" [level=1]',
      'grid "CKA, linear, unbiased. Rows: A resnet18. Columns: B resnet34."',
      '- button "Change samples and estimator"',
      '- button "Change preprocessing of model 2"',
    ]) {
      assert.ok(tree.includes(part), `${part}\nis not in\n${tree}`);
    }
    await close();
  });

  test("cancelling, retrying, copying and opening are said to the host", async () => {
    const opened = await open(states.running);
    const { page, show } = opened;
    await page.getByRole("button", { name: "Cancel" }).click();
    await show(states.cancelled);
    assert.match(
      await page.getByRole("status").first().innerText(),
      /Cancelled\. What is shown rests on 192 samples\./,
    );
    await page.getByRole("button", { name: "Compare Again" }).click();
    await show(states.failed);
    const alert = page.getByRole("alert");
    assert.match(await alert.innerText(), /ended by SIGKILL[\s\S]*resnet34\.onnx[\s\S]*use fewer samples/);
    await alert.getByRole("button", { name: "Retry" }).click();
    await alert.getByRole("button", { name: "Show Log" }).click();
    await show(states.done);
    await page.getByRole("button", { name: "What Each One Uses" }).click();
    await page.getByRole("button", { name: "Copy Command" }).click();
    await page.getByRole("button", { name: "Open /project/zoo/resnet34.onnx" }).click();
    const { question } = states.done;
    assert.deepEqual(await opened.intents(), [
      { type: "ready" },
      { type: "cancel" },
      { type: "run", question },
      { type: "run", question },
      { type: "showLog" },
      { type: "invert" },
      { type: "copyCommandLine" },
      { type: "openModel", path: "/project/zoo/resnet34.onnx" },
    ]);
    await opened.close();
  });

  test("the question is changed in the form, from the footer, and asked whole", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    await page.getByRole("button", { name: "Change preprocessing of model 2" }).click();
    const form = page.getByRole("form", { name: "Settings" });
    assert.ok(await form.locator('[name="preprocess-1"]').evaluate((field) => field === document.activeElement));
    await page.keyboard.type("none");
    await form.getByRole("spinbutton", { name: "Samples" }).fill("64");
    await form.getByLabel("Estimator").selectOption("minibatch");
    await form.getByLabel("CKA, linear, biased").uncheck();
    await form.getByRole("group", { name: "Model 1" }).getByLabel("Layers").fill("layer*.conv1 , @blocks");
    await form.getByRole("button", { name: "Choose…" }).click();
    await form.getByRole("button", { name: "Compare" }).click();
    const question = {
      models: [
        { path: "/project/zoo/resnet18.onnx", taps: ["layer*.conv1", "@blocks"] },
        { path: "/project/zoo/resnet34.onnx", preprocess: "none" },
      ],
      samples: 64,
      batch: 128,
      estimator: "minibatch",
      measures: ["cka.linear.unbiased"],
    };
    assert.deepEqual((await opened.intents()).slice(1), [
      { type: "chooseProbe", question },
      { type: "run", question },
    ]);
    await form.getByRole("button", { name: "Reset" }).click();
    assert.equal(await form.getByRole("spinbutton", { name: "Samples" }).inputValue(), "");
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  });

  test("the keyboard alone opens the menu, chooses in it, and gets back; then reaches the cells", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    const focused = async () => {
      await page.waitForTimeout(50);
      return page.evaluate(() => document.activeElement?.textContent?.trim().replace(/\s+/g, " "));
    };
    for (const name of ["Settings", "What Each One Uses", "Copy Command", "Export"]) {
      await page.keyboard.press("Tab");
      assert.equal(await focused(), name);
    }
    await page.keyboard.press("Enter");
    assert.match((await focused()) ?? "", /^PNG/);
    await page.keyboard.press("Escape");
    assert.equal(await focused(), "Export");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.match((await focused()) ?? "", /^HTML/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    assert.deepEqual((await opened.intents()).at(-1), { type: "export", format: "json" });
    assert.equal(await focused(), "Export");
    const grid = page.locator(".map layer-heatmap").getByRole("grid");
    for (let i = 0; i < 8 && !(await grid.evaluate((element) => element.matches(":focus-visible"))); i++) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await page.locator(".detail h2").innerText(), /maxpool/);
    await opened.close();
  });

  test("pictures are drawn at two pixels a unit, within the policy", async () => {
    const opened = await open(states.large);
    const { page } = opened;
    for (const name of ["PNG", "SVG"]) {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name }).click();
    }
    await page
      .waitForFunction(() => (window as unknown as { intents: unknown[] }).intents.length === 3)
      .catch(() => {});
    await page.waitForTimeout(400);
    const exports = (await opened.intents()).filter((intent) => intent.type === "export");
    const png = exports.find(({ format }) => format === "png")?.picture ?? "";
    const svg = exports.find(({ format }) => format === "svg")?.picture ?? "";
    const [, width, height] = /^<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
    const bytes = Buffer.from(png.slice("data:image/png;base64,".length), "base64");
    writeFileSync(`${pictures}/exported.png`, bytes);
    assert.deepEqual(
      [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
      [Number(width) * 2, Number(height) * 2],
      "the size in the PNG's header",
    );
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  });

  test("numbers that come in leave the reader where he is", async () => {
    const opened = await open(states.running);
    const { page, show } = opened;
    const grid = page.locator(".map layer-heatmap").getByRole("grid");
    await grid.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("+");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const zoom = () =>
      page.locator(".map layer-heatmap").evaluate((element) => {
        const { geometry } = element as unknown as { geometry: { view: { zoom: number } } };
        return geometry.view.zoom;
      });
    const before = await zoom();
    assert.ok(before > 2);
    const intervalOf = async () =>
      (await page.locator(".detail tbody tr").first().locator("td").nth(1).innerText()).match(/[\d.]+/g)!.map(Number);
    const [wideLow = 0, wideHigh = 0] = await intervalOf();
    await show(structuredClone(states.done));
    const [low = 0, high = 0] = await intervalOf();
    assert.ok(high - low < wideHigh - wideLow, "intervals shrink");
    assert.equal(await zoom(), before);
    assert.match(await page.locator(".detail h2").innerText(), /conv1[\s\S]*maxpool/);
    await opened.close();
  });

  test("a page that comes back is where it was left", async () => {
    const first = await open(states.done);
    await first.page.getByLabel("Measure").selectOption("cka.linear.biased");
    await first.page.getByRole("button", { name: "Settings" }).click();
    await first.show({ type: "openPair", row: 2, column: 3 });
    const kept = await first.kept();
    await first.close();
    const { question } = states.done;
    assert.deepEqual((kept as { question: unknown }).question, question);
    assert.ok(JSON.stringify(kept).length < 2000, "nothing computed is kept");
    const second = await open(states.done, { kept });
    assert.equal(await second.page.getByLabel("Measure").inputValue(), "cka.linear.biased");
    assert.match(await second.page.locator(".detail h2").innerText(), /layer1\.0\.conv1/);
    assert.ok(await second.page.getByRole("form", { name: "Settings" }).isVisible());
    await second.close();
  });

  test("the native menu of a cell is told the cell", async () => {
    const { page, close } = await open(states.saved);
    const heatmap = page.locator(".map layer-heatmap");
    const canvas = heatmap.locator("canvas.overlay");
    await canvas.click({ button: "right", position: { x: 400, y: 300 } });
    const context = JSON.parse((await heatmap.getAttribute("data-vscode-context")) ?? "{}");
    assert.equal(context.webviewSection, "likenessCell");
    assert.equal(context.measure, "cka.linear.unbiased");
    assert.match(context.value, /^\w+ × \w+: CKA, linear, unbiased .*\d\.\d{4}/);
    await close();
  });

  test("a saved report has nothing to run; one that is none says why", async () => {
    const opened = await open(states.saved);
    const { page, show } = opened;
    assert.equal(await page.getByRole("button", { name: "Settings" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: /^Change/ }).count(), 0);
    assert.ok(await page.getByText("Saved report of 2026-11-20 09:30 UTC, Likeness 0.1.0").first().isVisible());
    const failure = { code: "report/damaged", message: "The report is damaged: `report.models` is not a list." };
    const question = { models: [], batch: 0, estimator: "auto", measures: [] } as const;
    await show({ ...withoutReport(states.saved), question, status: { kind: "failed", failure } });
    assert.match(await page.getByRole("alert").innerText(), /`report\.models` is not a list/);
    await look(opened, "damaged-dark");
    await opened.close();
  });
});
