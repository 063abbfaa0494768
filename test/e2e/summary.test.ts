import assert from "node:assert/strict";
import { test } from "node:test";
import { editorMissing, openSession } from "./session.ts";

test("a click on a checkpoint opens its summary", { skip: editorMissing() }, async (t) => {
  const session = await openSession();
  t.after(() => session.close());
  await session.workbench.file("ears-seed0.onnx").click();
  const view = await session.workbench.view();
  await view.getByText("conv1").first().waitFor();
  assert.deepEqual(session.workbench.troubles, []);
});
