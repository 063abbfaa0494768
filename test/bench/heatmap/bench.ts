/** `node test/bench/heatmap/bench.ts`: how long a heatmap of 200 × 200 takes to appear and to follow a reader. */
import { chromiumMissing, launchChromium } from "../../fixtures/chromium.ts";
import { type HeatmapTimes, measureHeatmap, median } from "./measure.ts";

/** Milliseconds that each may take. */
const limits: Readonly<Record<keyof HeatmapTimes, number>> = { first: 50, next: 50, hover: 1000 / 60, key: 1000 / 60 };

if (chromiumMissing !== undefined) console.log(chromiumMissing);
else {
  const browser = await launchChromium();
  const times = await measureHeatmap(browser, 9);
  await browser.close();
  for (const [name, limit] of Object.entries(limits)) {
    const values = times[name as keyof HeatmapTimes];
    const [middle, slowest] = [median(values), Math.max(...values)];
    const verdict = middle < limit ? "within" : "over";
    console.log(
      `${name.padEnd(5)} median ${middle.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms of ${values.length}: ${verdict} ${limit.toFixed(1)} ms`,
    );
  }
}
