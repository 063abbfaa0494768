import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { comparisonView, finished } from "./comparison.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

describe("from the Explorer", { skip: editorMissing() }, () => {
  let session: Session;
  before(async () => {
    session = await openSession();
  });
  after(() => session?.close());

  test("a click on a checkpoint opens its summary", async () => {
    const { workbench } = session;
    const view = await workbench.open("ears-seed0.onnx");
    await view.getByText("conv1.weight").first().waitFor();
    await view.getByRole("button", { name: "Select as Baseline" }).waitFor();
    await view
      .getByText(/n × 3 × 32 × 32/)
      .first()
      .waitFor();
  });

  test("two selected checkpoints are compared", async () => {
    const { workbench } = session;
    await workbench.choose(["ears-seed0.onnx", "tail-seed0.onnx"], "Compare Checkpoints");
    await workbench.tab("ears-seed0 × tail-seed0").waitFor();
    const view = await comparisonView(workbench);
    await finished(view);
    await view.locator("h1", { hasText: /ears-seed0.*tail-seed0/s }).waitFor();
    // Same figure as media/sample/README.md, computed with PyTorch, has for this layer.
    const heatmap = view.locator(".map layer-heatmap").first();
    await heatmap.getByRole("grid").focus();
    await workbench.page.keyboard.press("Control+End");
    assert.match(await heatmap.getByRole("gridcell").innerText(), /fc.*fc.*0\.88/s);
  });

  test("three selected checkpoints give a matrix of models, and every pair", async () => {
    const { workbench } = session;
    await workbench.closeTabs();
    await workbench.choose(["ears-seed0.onnx", "ears-seed1.onnx", "tail-seed0.onnx"], "Compare Checkpoints");
    const view = await comparisonView(workbench);
    await finished(view);
    await view.getByRole("button", { name: "ears-seed1 × tail-seed0" }).first().click();
    await view.locator("h1", { hasText: /ears-seed1.*tail-seed0/s }).waitFor();
  });

  test("a baseline is chosen, marked, and compared with", async () => {
    const { workbench } = session;
    await workbench.closeTabs();
    await workbench.file("ears-seed0.onnx").click();
    const items = await workbench.menuItems("ears-seed0.onnx", "Select as Baseline");
    assert.ok(!items.includes("Compare with Baseline"), "offered before there is a baseline");
    await workbench.choose("ears-seed0.onnx", "Select as Baseline");
    await workbench.badge("ears-seed0.onnx", "◆");
    await workbench.file("ears-seed1.onnx").click();
    await workbench.choose("ears-seed1.onnx", "Compare with Baseline");
    await workbench.tab("ears-seed0 × ears-seed1").waitFor();
    await finished(await comparisonView(workbench));
  });

  test("no page was refused anything by its policy, and none failed", () => {
    assert.deepEqual(session.workbench.troubles, []);
  });
});
