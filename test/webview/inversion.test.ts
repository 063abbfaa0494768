import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import type { InversionIntent, InversionState } from "../../src/protocol/view.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import {
  distrusted,
  inversionPictures,
  inversionState,
  layered,
  partly,
  repeated,
  threeInverted,
  twoInverted,
} from "../fixtures/inversions.ts";
import { type Bundle, bundled } from "./bundled.ts";
import { openPanelPage, type OpenPanel as Panel, type PanelOptions } from "./panelPage.ts";
import { highContrast, highContrastLight, vsCodeDark, vsCodeLight } from "./themes.ts";
import type { VsCodeTheme } from "./watchedPage.ts";

const pictures = "test/output/inversion";

type OpenPanel = Panel<InversionState, InversionIntent>;

describe("the panel of inversions in a browser", { skip: chromiumMissing ?? false }, () => {
  let browser: Browser;
  let assets: Bundle;

  before(async () => {
    [browser, assets] = await Promise.all([launchChromium(), bundled("inversion")]);
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser?.close());

  const open = (state: InversionState, options: PanelOptions = {}): Promise<OpenPanel> =>
    openPanelPage(browser, assets, state, { theme: vsCodeDark, pictures: inversionPictures, ...options });

  /** The page at every width, pictured, without trouble and without a sideways scroll. */
  async function look({ page, troubles }: OpenPanel, name: string, isWhole = true): Promise<void> {
    for (const width of [1400, 700, 300]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(120);
      if (isWhole) {
        // Only what is in sight exists: the window is made as high as the page.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(120);
      }
      await page.screenshot({ path: `${pictures}/${name}-${width}.png` });
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrolled <= width, `${name}: ${scrolled} > ${width}`);
    }
    assert.deepEqual(troubles, [], name);
  }

  const two = twoInverted();
  const three = threeInverted();
  const falling = { steps: [0, 4, 8, 16, 24], median: [1.1, 0.52, 0.3, 0.12, 0.07] };
  const running = { kind: "running", phase: "Inverting tail-seed0", done: 3, total: 8, secondsLeft: 9 } as const;
  const bare = (state: InversionState): InversionState => {
    const { report: _, pictures: _p, ...rest } = state;
    return rest;
  };
  const states = {
    starting: bare(
      inversionState(two, {
        kind: "running",
        phase: "Inverting ears-seed0",
        estimate: { seconds: 34, memoryMB: 240 },
      }),
    ),
    first: { ...bare(inversionState(two, { ...running, phase: "Inverting ears-seed0" })), curves: [falling, null] },
    second: { ...inversionState(two, running, partly(two)), curves: [null, { ...falling, steps: [0, 4, 8, 16, 22] }] },
    done: inversionState(two),
    kept: { ...inversionState(two), isKept: true },
    cancelled: { ...bare(inversionState(two, { kind: "cancelled" })), curves: [falling, null] },
    again: { ...inversionState(two, running), isEarlier: true },
    distrusted: inversionState(distrusted(two)),
    layered: inversionState(layered(two)),
    gone: (() => {
      const { pictures: _, ...rest } = inversionState(two);
      return rest;
    })(),
    failed: bare(
      inversionState(two, {
        kind: "failed",
        failure: {
          code: "graph/no-gradient",
          message: "The gradient of NonMaxSuppression is not known, which ears-seed0 goes through.",
          file: "/project/media/sample/ears-seed0.onnx",
          hint: "Choose a layer before it with Layers to invert.",
        },
      }),
    ),
    saved: { ...inversionState(two), saved: true },
    three: inversionState(three),
    many: inversionState(repeated(two, 64)),
  } satisfies Record<string, InversionState>;

  const contrast = { done: states.done, distrusted: states.distrusted, second: states.second, failed: states.failed };
  const sheets: readonly (readonly [name: string, theme: VsCodeTheme, shown: Record<string, InversionState>])[] = [
    ["dark", vsCodeDark, states],
    ["light", vsCodeLight, { ...contrast, three: states.three, layered: states.layered, many: states.many }],
    ["contrast", highContrast, contrast],
    ["contrast-light", highContrastLight, contrast],
  ];
  for (const [theme, values, shown] of sheets) {
    test(`${theme}: every state at 300, 700 and 1400 px`, async () => {
      for (const [name, state] of Object.entries(shown)) {
        const opened = await open(state, { theme: values });
        await look(opened, `${name}-${theme}`, name !== "many");
        await opened.close();
      }
    });
  }
});
