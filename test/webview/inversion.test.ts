import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import type { InversionIntent, InversionState } from "../../src/protocol/view.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";
import {
  distrusted,
  inversionPictures,
  inversionState,
  layered,
  named,
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
    named: inversionState(named(two)),
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

  test("what a screen reader meets", async () => {
    const { page, close } = await open(states.done);
    const tree = (await page.locator("likeness-inversion").ariaSnapshot()).replaceAll("\u00a0", " ");
    for (const part of [
      '- region "What each one uses":',
      '- button "Settings"',
      '- button "Compare Layers"',
      '- button "Export"',
      "- status: 2 networks, 8 images each",
      '- heading "A ears-seed0 × B tail-seed0" [level=1]',
      "not on what either alone uses (0.28 and 0.40)",
      '- radio "As published (biased)" [checked]',
      'grid "CKA on natural data. Rows: A ears-seed0. Columns: B tail-seed0."',
      'grid "CKA on what ears-seed0 uses. Rows: A ears-seed0. Columns: B tail-seed0."',
      '- grid "8 pairs of seed and target with their inversions":',
      'button "Pair 1: By A; residual 0.003; A says class 0; B says class 3, unlike its maker"',
      '- slider "Moment of the descents, from seed to inversion"',
      '- img "Median residual over the steps, now ears-seed0 0.0030, tail-seed0 0.0029"',
    ]) {
      assert.ok(tree.includes(part), `${part}\nis not in\n${tree.slice(0, 6000)}`);
    }
    await close();
  });

  test("cancelling, resuming, retrying, comparing and opening are said to the host", async () => {
    const opened = await open(states.first);
    const { page, show } = opened;
    assert.match(await page.locator(".state").innerText(), /Inverting ears-seed0, 37.% · about 9.s left/);
    await page.getByRole("button", { name: "Cancel" }).click();
    await show(states.cancelled);
    await page.getByRole("button", { name: "Resume" }).click();
    await show(states.failed);
    await page.getByRole("alert").getByRole("button", { name: "Retry" }).click();
    await show(states.done);
    await page.getByRole("button", { name: "Compare Layers" }).click();
    await page.getByRole("button", { name: "Copy Command" }).click();
    await page.getByRole("button", { name: "Open /project/media/sample/tail-seed0.onnx" }).click();
    const { question } = states.done;
    assert.deepEqual((await opened.intents()).slice(1), [
      { type: "cancel" },
      { type: "run", question },
      { type: "run", question },
      { type: "compare" },
      { type: "copyCommandLine" },
      { type: "openModel", path: "/project/media/sample/tail-seed0.onnx" },
    ]);
    await opened.close();
  });

  test("the form says what each preset costs before it is asked, and asks whole", async () => {
    const opened = await open(states.done);
    const { page, show } = opened;
    await page.getByRole("button", { name: "Settings" }).click();
    const { question } = states.done;
    assert.deepEqual((await opened.intents()).at(-1), { type: "costs", question });
    const list = (["fast", "jones", "stir", "madry"] as const).map((preset, i) => ({
      preset,
      seconds: 12 * 8 ** i,
      images: 8,
      steps: 400,
    }));
    await show({ ...states.done, costs: { kind: "known", list } });
    const form = page.getByRole("form", { name: "Settings" });
    assert.match(await form.getByRole("group", { name: "How the pictures are found" }).innerText(), /about 13.min/);
    await form.getByRole("radio", { name: /^Jones/ }).check();
    assert.match(await form.getByRole("button", { name: /^Invert/ }).innerText(), /Invert · about 2.min/);
    await form.getByRole("spinbutton", { name: "Images" }).fill("32");
    await form.locator("[name=seedKind]").selectOption("noise");
    await form.getByLabel("Look for images that one network takes for the target").check();
    await form.getByRole("group", { name: "Model 2" }).getByLabel("Layers to invert").fill("relu3, relu4");
    await look(opened, "settings-dark");
    await form.getByRole("button", { name: /^Invert/ }).click();
    const [first, second] = question.models;
    assert.deepEqual((await opened.intents()).at(-1), {
      type: "run",
      question: {
        models: [first, { ...second, taps: ["relu3", "relu4"] }],
        samples: 32,
        preset: "jones",
        seedKind: "noise",
        controversial: true,
      },
    });
    await opened.close();
  });

  test("a cell is live in both heatmaps, and said in both when it is chosen", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    const maps = page.locator(".maps layer-heatmap");
    await maps.first().getByRole("grid").focus();
    await page.keyboard.press("Control+End");
    assert.match(await maps.nth(1).locator(".tip").innerText(), /0\.24[\s\S]*fc[\s\S]*fc/);
    await page.keyboard.press("Enter");
    assert.match(
      await page.locator(".difference").innerText(),
      /fc × fc: 0\.93 on natural data, 0\.24 on what it uses \(−0\.68/,
    );
    await page.getByRole("radio", { name: "What tail-seed0 uses" }).click();
    await page.locator(".dumbbell.chosen", { hasText: "What tail-seed0 uses" }).waitFor();
    assert.match(await page.locator(".maps figure").nth(1).innerText(), /On what tail-seed0 uses/);
    await page.getByRole("radio", { name: "Unbiased" }).click();
    assert.match(await page.locator(".dumbbell.chosen .from-to").innerText(), /−0\.02/);
    await opened.close();
  });

  test("classes are called by their names where the probe has them, however long", async () => {
    const { page, close } = await open(states.named);
    const card = page.locator(".card").first();
    assert.match(await card.innerText(), /Target, cat[\s\S]*A\s*cat/);
    const long = card.getByTitle("a dog that does not end before").first();
    const [text, figure] = [await long.boundingBox(), await card.locator(".figure").first().boundingBox()];
    assert.ok(text!.width <= figure!.width, `${text!.width} in ${figure!.width}`);
    await close();
  });

  test("what one sees and the other does not stands by pair, with its target", async () => {
    const { page, close } = await open(states.many);
    const section = page.getByRole("region", { name: "Seen by one, not by the other" });
    assert.match(
      await section.locator("h3").first().innerText(),
      /^A\s*ears-seed0 sees the target \(residual 0\.0086\), B\s*tail-seed0 does not \(residual 1\)$/,
    );
    const first = section.locator(".duos").first();
    assert.equal(await first.getByRole("img", { name: "What A takes for it and B does not" }).count(), 8);
    await section.getByText("The other 504").first().click();
    const last = section.locator("details").first().getByRole("img", { name: "Target of pair 512" });
    await last.scrollIntoViewIfNeeded();
    assert.ok(await last.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth > 0)));
    await close();
  });

  test("pictures keep whole pixels, and the keyboard goes from one to the next", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    const image = page.locator(".card img").first();
    await image.evaluate((element) => (element as HTMLImageElement).decode());
    const box = (await image.boundingBox())!;
    assert.equal(box.width % 32, 0);
    assert.equal(await image.evaluate((element) => getComputedStyle(element).imageRendering), "pixelated");
    await page.locator('.picture[tabindex="0"]').focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    assert.match(await focused(), /^Pair 1: Seed/);
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
    assert.match(await focused(), /^Pair 3: By A/);
    await page.keyboard.press("End");
    assert.match(await focused(), /^Pair 8: By B/);
    await page.keyboard.press("Enter");
    const tray = page.getByRole("region", { name: "What is like the inversion of 8 by B tail-seed0" });
    assert.match(await tray.innerText(), /to A\s*ears-seed0[\s\S]*to B\s*tail-seed0/);
    await page.screenshot({ path: `${pictures}/neighbours-dark-1400.png` });
    await page.keyboard.press("Escape");
    await tray.waitFor({ state: "detached" });
    assert.match(await focused(), /^Pair 8: By B/);
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  });

  test("pictures are sorted and sifted, and the place is kept", async () => {
    const first = await open(states.three);
    await first.page.getByLabel("Sort pictures").selectOption("residual");
    const residuals = (await first.page.locator(".card").first().locator(".residual").allInnerTexts()).map((text) =>
      Number(text.replace("residual ", "")),
    );
    const worst = Math.max(...three.inversion!.residual.flat());
    assert.equal(Math.max(...residuals), Number(worst.toPrecision(2)), residuals.join());
    await first.page.getByLabel("only where models disagree").check();
    assert.match(await first.page.locator(".gallery .count").innerText(), /pairs/);
    await first.page.getByLabel("Models", { exact: true }).selectOption("1");
    const kept = await first.kept();
    await first.close();
    assert.ok(JSON.stringify(kept).length < 2000, "nothing computed is kept");
    const second = await open(states.three, { kept });
    assert.equal(await second.page.getByLabel("Sort pictures").inputValue(), "residual");
    assert.ok(await second.page.getByLabel("only where models disagree").isChecked());
    assert.equal(await second.page.getByLabel("Models", { exact: true }).inputValue(), "1");
    await second.close();
  });

  test("descents play from the seed on, and are moved by hand where motion is unwelcome", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.locator("film-frame canvas").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor({ timeout: 8000 });
    assert.equal(await page.locator("film-frame").count(), 0, "the end is the picture itself");
    await opened.close();
    const still = await open(states.done, { reducedMotion: "reduce" });
    assert.equal(await still.page.getByRole("button", { name: /Play/ }).count(), 0);
    await still.page.getByRole("slider").fill("0.5");
    await still.page.locator("film-frame canvas").first().waitFor();
    assert.deepEqual(still.troubles, []);
    await still.close();
  });

  test("of 512 pairs only those in sight exist, and scrolling brings the others", async () => {
    const opened = await open(states.many);
    const { page } = opened;
    const cards = page.locator(".card");
    assert.ok((await cards.count()) < 24, `${await cards.count()} cards`);
    const slow = await page.evaluate(async () => {
      const took: number[] = [];
      for (let y = 0; y < 30_000; y += 600) {
        const began = performance.now();
        window.scrollTo(0, y);
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        took.push(performance.now() - began);
      }
      return took.toSorted((a, b) => a - b)[took.length >> 1] ?? 0;
    });
    assert.ok(slow < 150, `${slow} ms for two frames`);
    assert.ok((await cards.count()) < 24);
    await page.getByRole("row").last().waitFor();
    await page.locator('.picture[tabindex="0"], .picture').first().focus();
    await page.keyboard.press("End");
    assert.match(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""),
      /^Pair 512: By B/,
    );
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  });

  test("all pictures go on one sheet, within the policy", async () => {
    const opened = await open(states.done);
    const { page } = opened;
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: "PNG" }).click();
    await page.waitForFunction(() => (window as unknown as { intents: unknown[] }).intents.length === 2);
    const sent = (await opened.intents()).at(-1);
    const picture = sent?.type === "export" ? (sent.picture ?? "") : "";
    const bytes = Buffer.from(picture.slice("data:image/png;base64,".length), "base64");
    writeFileSync(`${pictures}/exported.png`, bytes);
    assert.ok(bytes.readUInt32BE(16) > 700 && bytes.readUInt32BE(20) > 400, "the size in the PNG's header");
    assert.deepEqual(opened.troubles, []);
    await opened.close();
  });

  test("what cannot be trusted is said in words wherever its numbers stand", async () => {
    const { page, close } = await open(states.distrusted);
    assert.match(await page.locator(".verdict").innerText(), /Of what ears-seed0 uses, nothing can be said/);
    assert.match(await page.locator(".doubted").innerText(), /not trustworthy[\s\S]*38.%[\s\S]*Take more steps/);
    assert.match(await page.locator(".dumbbell").first().innerText(), /not trustworthy/);
    assert.equal(await page.locator(".three td", { hasText: "not trustworthy" }).count(), 4);
    await close();
  });

  test("a saved report has nothing to run, and pictures that are gone are said to be", async () => {
    const opened = await open(states.saved);
    assert.equal(await opened.page.getByRole("button", { name: "Settings" }).count(), 0);
    assert.equal(await opened.page.getByRole("button", { name: /^Change/ }).count(), 0);
    await opened.show(states.gone);
    await opened.page.getByText("The pictures are no longer where they were made.").waitFor();
    await opened.close();
  });
});
