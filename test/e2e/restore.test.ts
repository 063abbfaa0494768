import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonView, finished, forwardPasses } from "./comparison.ts";
import { editorMissing, openSession } from "./session.ts";

test("a reloaded window shows the comparison again without running a network", { skip: editorMissing() }, async (t) => {
  const session = await openSession();
  t.after(() => session.close());
  const { workbench } = session;
  await workbench.choose(["ears-seed0.onnx", "tail-seed0.onnx"], "Compare Checkpoints");
  const before = await comparisonView(workbench);
  await finished(before);
  assert.equal(await forwardPasses(before), 2);
  const verdict = await before.locator(".verdict").first().innerText();

  await workbench.reload();
  await workbench.tab("ears-seed0 × tail-seed0").waitFor();
  const restored = await comparisonView(workbench);
  await finished(restored);
  assert.equal(await forwardPasses(restored), 0);
  assert.equal(await restored.locator(".verdict").first().innerText(), verdict);
  assert.deepEqual(workbench.troubles, []);
});
