/** How long a heatmap of 200 × 200 takes in a browser, on a fresh page each time: nothing is warm that is not for users. */
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { largeReport } from "../../fixtures/reports.ts";

/** Milliseconds, one per page or per move. */
export interface HeatmapTimes {
  /** The first paint after load, from the data to pixels that can be read. */
  readonly first: readonly number[];
  /** Other numbers for the same layers, as they stream in. */
  readonly next: readonly number[];
  readonly hover: readonly number[];
  readonly key: readonly number[];
}

const address = "http://heatmap.test/";

export async function measureHeatmap(browser: Browser, pages: number): Promise<HeatmapTimes> {
  const script = await bundle();
  const all: HeatmapTimes[] = [];
  for (let i = 0; i < pages; i++) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    await page.route("**", (route) =>
      route.request().url() === address
        ? route.fulfill({
            contentType: "text/html",
            body: `<!doctype html><body><script type="module">${script}</script>`,
          })
        : route.abort(),
    );
    await page.goto(address);
    await page.waitForFunction(() => "makeData" in window);
    all.push(await page.evaluate(timeHeatmap, largeReport()));
    await context.close();
  }
  const join = (key: keyof HeatmapTimes) => all.flatMap((times) => times[key]);
  return { first: join("first"), next: join("next"), hover: join("hover"), key: join("key") };
}

export function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[values.length >> 1] ?? Number.NaN;
}

/** Runs in the page. */
async function timeHeatmap(report: ReturnType<typeof largeReport>): Promise<HeatmapTimes> {
  type Heatmap = import("../../../webview/heatmap/element.ts").LayerHeatmap;
  type Data = import("../../../webview/heatmap/data.ts").HeatmapData;
  const { makeData } = window as unknown as { makeData: (from: unknown) => Data };
  const times = { first: [] as number[], next: [] as number[], hover: [] as number[], key: [] as number[] };
  const heatmap = document.createElement("layer-heatmap") as Heatmap;

  /** Reading a pixel waits until everything asked of the canvas is painted. */
  const finish = async (since: number, into: number[]): Promise<void> => {
    await heatmap.updateComplete;
    for (const canvas of heatmap.shadowRoot?.querySelectorAll("canvas") ?? []) {
      canvas.getContext("2d")?.getImageData(0, 0, 1, 1);
    }
    into.push(performance.now() - since);
  };

  const data = makeData(report);
  const begun = performance.now();
  heatmap.data = data;
  document.body.append(heatmap);
  await finish(begun, times.first);

  for (let i = 0; i < 5; i++) {
    const values = data.values.map((row) => row.map((value) => (value === null ? null : value * 0.99)));
    const since = performance.now();
    heatmap.data = { ...data, values };
    await finish(since, times.next);
  }
  const overlay = heatmap.shadowRoot?.querySelector("canvas.overlay");
  const stage = heatmap.shadowRoot?.querySelector<HTMLElement>(".stage");
  const { left = 0, top = 0 } = overlay?.getBoundingClientRect() ?? {};
  for (let i = 0; i < 40; i++) {
    const since = performance.now();
    const at = { clientX: left + 220 + i * 5, clientY: top + 200 + i * 5 };
    overlay?.dispatchEvent(new PointerEvent("pointermove", { ...at, bubbles: true }));
    await finish(since, times.hover);
  }
  for (let i = 0; i < 40; i++) {
    const since = performance.now();
    stage?.dispatchEvent(
      new KeyboardEvent("keydown", { key: i % 2 === 0 ? "ArrowRight" : "ArrowDown", bubbles: true }),
    );
    await finish(since, times.key);
  }
  return times;
}

async function bundle(): Promise<string> {
  const contents = `
    import "./webview/heatmap/element.ts";
    import { comparedPairs, leadingMeasure } from "./src/core/report/pairs.ts";
    import { layerData } from "./webview/report/heatmapData.ts";
    window.makeData = (report) => {
      const [pair] = comparedPairs(report);
      return layerData(pair, ...leadingMeasure(pair));
    };`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ".", loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
  });
  return outputFiles[0]?.text ?? "";
}
