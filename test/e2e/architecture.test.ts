import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { comparisonView, finished } from "./comparison.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

const fixtures = resolve(import.meta.dirname, "../fixtures/runs");
const output = resolve(import.meta.dirname, "../output/editor");

/** The checkpoints of a run, bare weights both. */
const checkpoints = ["epoch=1.pt", "epoch=4.pt"] as const;

/** Says for the run, too, what the sample's networks were trained on: to find it out takes a while on a busy machine. */
function knowPreprocessing(file: string): void {
  const { models, ...settings } = JSON.parse(readFileSync(file, "utf8"));
  const [known] = Object.values(models);
  writeFileSync(file, JSON.stringify({ ...settings, models: { ...models, "deep/**": known } }));
}

/** A run in a folder of its own: what lies in the folder above would be a donor. */
function putRun(folder: string): void {
  const run = join(folder, "deep/run");
  mkdirSync(run, { recursive: true });
  for (const name of checkpoints) cpSync(join(fixtures, name), join(run, name));
  writeFileSync(join(run, "optimizer.pt"), "what a training leaves beside its weights");
  knowPreprocessing(join(folder, "likeness.json"));
}

describe("checkpoints that are weights alone", { skip: editorMissing() }, () => {
  let session: Session;
  before(async () => {
    mkdirSync(output, { recursive: true });
    session = await openSession({ prepare: putRun, settings: { "explorer.compactFolders": false } });
    await expand("deep");
    await expand("run");
    await session.workbench.file(checkpoints[0]).waitFor();
  });
  after(() => session?.close());

  async function expand(folder: string): Promise<void> {
    const row = session.workbench.file(folder);
    const open = row.and(session.workbench.page.locator("[aria-expanded=true]"));
    // A click is lost on rows that are still moving, and a second one would close what has just been opened.
    for (let tries = 0; tries < 5 && !(await open.isVisible()); tries++) {
      await row.click();
      await open.waitFor({ timeout: 3000 }).catch(() => {});
    }
  }

  const facts = (view: FrameLocator): Promise<string> =>
    view.getByRole("region", { name: "What the numbers rest on" }).innerText();

  test("what lies beside a checkpoint is not offered to be compared", async () => {
    const { workbench } = session;
    await workbench.menuItems(checkpoints[0], "Select as Baseline");
    await workbench.file("optimizer.pt").click({ button: "right" });
    const menu = workbench.page.locator(".monaco-menu").last();
    await menu.getByText("Rename").first().waitFor();
    assert.equal(await menu.getByText("Select as Baseline").count(), 0);
    await workbench.page.keyboard.press("Escape");
  });

  test("without a donor the panel says what is missing, and leads to the choice", async () => {
    const { workbench } = session;
    await workbench.choose(checkpoints, "Compare Checkpoints");
    const view = await comparisonView(workbench);
    await view.getByText("The file holds weights alone").waitFor();
    await workbench.page.screenshot({ path: join(output, "architecture-missing.png") });
    await view.getByRole("button", { name: /^Choose Architecture of epoch=1…$/ }).click();
    await workbench.page.locator(".quick-input-list").getByText("Nothing was found that fits").waitFor();
    await workbench.page.screenshot({ path: join(output, "architecture-choose-nothing.png") });
    await workbench.page.keyboard.press("Escape");
  });

  test("a donor beside them is found, and the panel says which", async () => {
    const { workbench, workspace } = session;
    cpSync(join(workspace.folder, "ears-seed0.onnx"), join(workspace.folder, "deep/run/net.onnx"));
    cpSync(join(workspace.folder, "tail-seed1.onnx"), join(workspace.folder, "deep/other.onnx"));
    cpSync(resolve(fixtures, "../donors/tied.onnx"), join(workspace.folder, "deep/tied.onnx"));
    const view = await comparisonView(workbench);
    await view.getByRole("button", { name: "Retry" }).click();
    await finished(view);
    assert.match(await facts(view), /the graph of net\.onnx/);
    await view.getByRole("button", { name: "Choose architecture of model 1" }).scrollIntoViewIfNeeded();
    await workbench.page.screenshot({ path: join(output, "architecture-found.png") });
  });

  test("another donor is chosen for the whole run, and the networks are compared again", async () => {
    const { workbench } = session;
    const view = await comparisonView(workbench);
    await view.getByRole("button", { name: "Choose architecture of model 1" }).click();
    const list = workbench.page.locator(".quick-input-list");
    await list.getByText("tied.onnx", { exact: true }).waitFor();
    await workbench.page.screenshot({ path: join(output, "architecture-choose.png") });
    await list.getByText("other.onnx", { exact: true }).click();
    await view.getByText("Chosen by you for this folder.").first().waitFor();
    await finished(view);
    const told = await facts(view);
    assert.equal(told.match(/the graph of other\.onnx/g)?.length, 2, told);
    assert.ok(!told.includes("net.onnx"));
    await view.getByRole("button", { name: "Settings" }).click();
    await workbench.page.screenshot({ path: join(output, "architecture-form.png") });
    await view.getByRole("button", { name: "Settings" }).click();
  });

  test("the choice is remembered: by the panel after a reload, and by a summary", async () => {
    const { workbench } = session;
    await workbench.reload();
    const view = await comparisonView(workbench);
    await finished(view);
    assert.match(await facts(view), /the graph of other\.onnx/);
    await workbench.closeTabs();
    await workbench.file(checkpoints[1]).dblclick();
    const summary = await workbench.view("checkpoint-summary");
    await summary.getByText("the graph of other.onnx, chosen by you for this folder").waitFor();
    await summary.getByRole("combobox", { name: "Weights" }).selectOption("ema_state_dict");
    await summary.getByText("Statistics are complete.").waitFor({ state: "attached" });
    await workbench.page.screenshot({ path: join(output, "architecture-summary.png") });
  });

  test("in the summary the choice is taken back", async () => {
    const { workbench } = session;
    const summary = await workbench.view("checkpoint-summary");
    await summary.getByRole("button", { name: "Choose Architecture…" }).click();
    const automatic = workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "Automatic" });
    await automatic.getByText(/Now: /).waitFor();
    await automatic.click();
    await summary.getByText("the graph of net.onnx").waitFor();
  });

  test("what was found is told legibly in every theme and width", async () => {
    const { workbench } = session;
    await workbench.closeTabs();
    await workbench.choose(checkpoints, "Compare Checkpoints");
    const view = await comparisonView(workbench);
    await finished(view);
    for (const width of [300, 1400]) {
      await workbench.setPageWidth(view, width);
      await view.getByRole("button", { name: "Choose architecture of model 2" }).scrollIntoViewIfNeeded();
      const overflow = await view.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
      assert.ok(overflow <= 0, `${overflow} px wider than ${width} px`);
      await workbench.page.screenshot({ path: join(output, `architecture-${width}.png`) });
    }
  });

  test("no page was refused anything by its policy, and none failed", () => {
    assert.deepEqual(session.workbench.troubles, []);
  });
});
