import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonView, finished } from "./comparison.ts";
import { editorMissing, openSession } from "./session.ts";

test("two networks are compared and read by keys alone", { skip: editorMissing(), timeout: 120_000 }, async (t) => {
  const session = await openSession();
  t.after(() => session.close());
  const { workbench } = session;
  const { keyboard } = workbench.page;

  // From the palette: choose two checkpoints by their names.
  await keyboard.press("F1");
  await keyboard.type("Likeness: Compare Checkpoints");
  await workbench.page
    .locator(".quick-input-list .monaco-list-row", { hasText: "Compare Checkpoints" })
    .first()
    .waitFor();
  await keyboard.press("Enter");
  const picker = workbench.page.locator(".quick-input-widget", { hasText: "ears-seed0.onnx" });
  await picker.waitFor();
  const focusedRow = workbench.page.locator(".quick-input-list .monaco-list-row.focused");
  for (const name of ["ears-seed0.onnx", "tail-seed0.onnx"]) {
    do await keyboard.press("ArrowDown");
    while (!(await focusedRow.innerText()).includes(name));
    await keyboard.press("Space");
  }
  await keyboard.press("Enter");
  const view = await comparisonView(workbench);
  await finished(view);

  // What a screen reader has of the panel, from top to bottom.
  await view.locator("main").first().waitFor();
  const tree = (await view.locator("body").ariaSnapshot()).replaceAll("\u00a0", " ");
  for (const part of [
    /region "Comparison"/,
    /button "Settings"/,
    /button "Copy Command"/,
    /button "Export"/,
    /status: 2 networks compared in/,
    /heading "A ears-seed0 × B tail-seed0" \[level=1\]/,
    /paragraph: Same architecture\. Agree on 99 % of 512 images/,
    /combobox "Measure"/,
    /grid "CKA, linear, unbiased\. Rows: A ears-seed0\. Columns: B tail-seed0\."/,
    /gridcell "conv1 × conv1, CKA, linear, unbiased 0\.93"/,
    /region "What the numbers rest on"/,
  ]) {
    assert.match(tree, part);
  }

  // The panel has the focus; Tab comes to the heatmap, arrows move in it, Enter opens the pair.
  const focused = (): Promise<string | null> =>
    view.locator("body").evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute("role") ?? element?.textContent?.trim() ?? null;
    });
  const visited: (string | null)[] = [];
  for (let stops = 0; stops < 25 && visited.at(-1) !== "grid"; stops++) {
    await keyboard.press("Tab");
    visited.push(await focused());
  }
  assert.equal(visited.at(-1), "grid", visited.join(" → "));
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowDown");
  await keyboard.press("Control+End");
  await view.getByRole("gridcell", { name: /^fc × fc, CKA, linear, unbiased 0\.88/ }).waitFor();
  await keyboard.press("Enter");
  const pair = view.getByRole("region", { name: "Pair of layers" });
  await pair.getByText("fc").first().waitFor();
  assert.deepEqual(workbench.troubles, []);
});
