import assert from "node:assert/strict";
import { test } from "node:test";
import { measureHeatmap, median } from "../bench/heatmap/measure.ts";
import { chromiumMissing, launchChromium } from "../fixtures/chromium.ts";

/** Machines that run tests are busy with other things: five times what is promised. */
const allowance = 5;
const frame = 1000 / 60;

test("200 × 200 is painted within 50 ms, the first time too, and follows within a frame", {
  skip: chromiumMissing ?? false,
}, async (t) => {
  const browser = await launchChromium();
  const times = await measureHeatmap(browser, 3);
  await browser.close();
  const limits = { first: 50, next: 50, hover: frame, key: frame };
  for (const [name, limit] of Object.entries(limits)) {
    const middle = median(times[name as keyof typeof limits]);
    t.diagnostic(`${name}: ${middle.toFixed(1)} ms of ${limit.toFixed(1)} ms`);
    assert.ok(middle < allowance * limit, `${name}: ${middle} ms`);
  }
});
