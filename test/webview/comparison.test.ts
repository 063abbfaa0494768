import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import type { ComparisonState } from "../../src/protocol/view.ts";
import { partialReport, questionFor, stateOf, withoutReport } from "../fixtures/comparisons.ts";
import { largeReport, negativeReport, rectangularReport, smallReport, threeModelsReport } from "../fixtures/reports.ts";
import { type OpenPanel, openPanel, type PanelAssets, type PanelOptions, panelAssets } from "./comparisonPage.ts";
import { launch, notRun } from "./page.ts";
import { highContrast, highContrastLight, vsCodeDark, vsCodeLight } from "./themes.ts";

const pictures = "test/output/comparison";

describe("the comparison panel in a browser", { skip: notRun ?? false }, () => {
  let browser: Browser;
  let assets: PanelAssets;

  before(async () => {
    [browser, assets] = await Promise.all([launch(), panelAssets()]);
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser?.close());

  const open = (state: ComparisonState, options: PanelOptions = {}): Promise<OpenPanel> =>
    openPanel(browser, assets, state, { theme: vsCodeDark, ...options });

  /** The page at every width, pictured, without trouble and without a sideways scroll. */
  async function look({ page, troubles }: OpenPanel, name: string): Promise<void> {
    for (const width of [1400, 700, 300]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrolled <= width, `${name}: ${scrolled} > ${width}`);
    }
    assert.deepEqual(troubles, [], name);
  }

  const report = rectangularReport();
  const states: Record<string, ComparisonState> = {
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
  };

  for (const [theme, values] of Object.entries({ vsCodeDark, vsCodeLight, highContrast, highContrastLight })) {
    test(`${theme}: every state at 300, 700 and 1400 px`, async () => {
      for (const [name, state] of Object.entries(states)) {
        const opened = await open(state, { theme: values });
        await look(opened, `${name}-${theme}`);
        await opened.close();
      }
      const opened = await open(states["done"]!, { theme: values, kept: { isFormOpen: true } });
      await look(opened, `settings-${theme}`);
      await opened.close();
    });
  }

  test("questions", async () => {
    assert.equal(questionFor(smallReport()).models.length, 2);
  });
});
