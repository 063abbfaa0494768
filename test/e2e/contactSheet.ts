import { launchChromium } from "../fixtures/chromium.ts";

export interface Picture {
  readonly title: string;
  readonly png: Buffer;
}

/** One picture of many, each small and with its title: for a look at all of them at once. */
export async function contactSheet(pictures: readonly Picture[], columns = 4): Promise<Buffer> {
  const figures = pictures.map(
    ({ title, png }) =>
      `<figure><img src="data:image/png;base64,${png.toString("base64")}"><figcaption>${title}</figcaption></figure>`,
  );
  const style = `
    body { margin: 0; padding: 24px; background: #777; display: grid; grid-template-columns: repeat(${columns}, auto);
      gap: 24px; width: max-content; align-items: start; font: 13px sans-serif; color: #fff; }
    figure { margin: 0; }
    img { display: block; height: 450px; }
    figcaption { padding-top: 6px; }`;
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.setContent(`<style>${style}</style>${figures.join("")}`);
    return await page.locator("body").screenshot();
  } finally {
    await browser.close();
  }
}
