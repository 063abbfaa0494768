import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { compare } from "./comparison.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

const output = resolve(import.meta.dirname, "../output/editor");
const networks = ["ears-seed0.onnx", "tail-seed0.onnx"] as const;
const title = "ears-seed0 × tail-seed0: what each uses";

/** The panel of inversions in front, once it is ready. */
function inversionView({ workbench }: Session): Promise<FrameLocator> {
  return workbench.view("likeness-inversion");
}

/** Waits until the pictures are there and nothing can be cancelled any more. */
async function inverted(view: FrameLocator, timeout = 300_000): Promise<void> {
  await view.locator(".card img").first().waitFor({ timeout });
  await view.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached", timeout });
}

/** Whether a picture of the gallery has come through the editor, and is as large as the sample's are. */
async function pictureSize(view: FrameLocator): Promise<readonly [number, number]> {
  const image = view.locator(".card img").first();
  return image.evaluate(async (element) => {
    const picture = element as HTMLImageElement;
    await picture.decode();
    return [picture.naturalWidth, picture.naturalHeight] as const;
  });
}

describe("what each of two networks uses", { skip: editorMissing() }, () => {
  let session: Session;
  before(async () => {
    mkdirSync(output, { recursive: true });
    session = await openSession();
  });
  after(() => session?.close());

  const shoot = async (name: string): Promise<void> =>
    writeFileSync(join(output, `inversion-${name}.png`), await session.workbench.page.screenshot());

  test("is asked from the Explorer, cancelled, and resumed", { timeout: 600_000 }, async () => {
    const { workbench } = session;
    await workbench.choose([...networks], "Compare What Each One Uses");
    await workbench.tab(title).waitFor();
    const view = await inversionView(session);
    await view.getByRole("img", { name: /Median residual/ }).waitFor({ timeout: 120_000 });
    await workbench.statusItem(/Inverting/).waitFor();
    await shoot("running");
    await view.getByRole("button", { name: "Cancel" }).click();
    await view
      .getByText(/^Cancelled\./)
      .first()
      .waitFor({ timeout: 5000 });
    await workbench.statusItem(/Inverting/).waitFor({ state: "detached" });
    await shoot("cancelled");
    await view.getByRole("button", { name: "Resume" }).click();
    await view.getByRole("button", { name: "Cancel" }).waitFor();
    await inverted(view);
  });

  test("has one verdict, both heatmaps, and the pictures", async () => {
    const view = await inversionView(session);
    const verdict = await view.locator(".verdict").innerText();
    assert.match(
      verdict,
      /^Alike on natural data \(0\.88\), not on what either alone uses \(0\.\d\d and 0\.\d\d\): the similarity comes from the data\.$/,
    );
    assert.equal(await view.locator(".maps layer-heatmap").count(), 2);
    assert.deepEqual(await pictureSize(view), [32, 32]);
    assert.match(await view.locator(".gallery .count").innerText(), /64 pairs/);
    await shoot("done");
    await view.locator(".gallery").evaluate((gallery) => gallery.scrollIntoView());
    await view.locator(".card img").nth(3).waitFor();
    await session.workbench.page.waitForTimeout(800);
    await shoot("gallery");
    await view.getByRole("button", { name: "Play", exact: true }).click();
    await view.locator("film-frame canvas").first().waitFor();
    await session.workbench.page.waitForTimeout(900);
    await shoot("playing");
  });

  test("comes back after a reload without anything being run", { timeout: 120_000 }, async () => {
    const { workbench } = session;
    const verdict = await (await inversionView(session)).locator(".verdict").innerText();
    await workbench.reload();
    await workbench.tab(title).waitFor();
    const view = await inversionView(session);
    await inverted(view, 30_000);
    assert.equal(await view.locator(".verdict").innerText(), verdict);
    assert.match(await view.locator(".state").innerText(), /kept since/);
    assert.deepEqual(await pictureSize(view), [32, 32]);
    await shoot("restored");
  });

  test("leads to the layers of the same networks, and back", { timeout: 240_000 }, async () => {
    const { workbench } = session;
    await workbench.closeTabs();
    const comparison = await compare(workbench, ...networks);
    await comparison.getByRole("button", { name: "What Each One Uses" }).click();
    await workbench.tab(title).waitFor();
    await inverted(await inversionView(session), 60_000);
  });

  test("finds what one sees and the other does not, where that is asked for", { timeout: 240_000 }, async () => {
    const view = await inversionView(session);
    await view.getByRole("button", { name: "Settings" }).click();
    await view.getByLabel("Look for images that one network takes for the target").check();
    await view.getByRole("button", { name: /^Invert/ }).click();
    const section = view.getByRole("region", { name: "Seen by one, not by the other" });
    await section.waitFor({ timeout: 180_000 });
    await section.evaluate((element) => element.scrollIntoView());
    const image = section.getByRole("img", { name: "What A takes for it and B does not" }).first();
    await image.evaluate((element) => (element as HTMLImageElement).decode());
    await shoot("controversial");
    assert.deepEqual(session.workbench.troubles, []);
  });
});
