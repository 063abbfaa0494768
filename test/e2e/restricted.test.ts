import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "./comparison.ts";
import { editorMissing, openSession } from "./session.ts";

test("in Restricted Mode checkpoints are read and compared", { skip: editorMissing() }, async (t) => {
  const session = await openSession({ restricted: true });
  t.after(() => session.close());
  const { workbench } = session;
  await workbench.statusItem("Restricted Mode").waitFor();
  const summary = await workbench.open("ears-seed0.onnx");
  await summary.getByText("conv1.weight").first().waitFor();
  const view = await compare(workbench, "ears-seed0.onnx", "tail-seed0.onnx");
  assert.match(await view.getByRole("region", { name: "What the numbers rest on" }).innerText(), /\bcpu\b/);
  await workbench.statusItem("Restricted Mode").waitFor();
  assert.deepEqual(workbench.troubles, []);
});
