import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { endsWithin } from "../fixtures/processes.ts";
import { comparisonView, finished, forwardPasses, samplesShown } from "./comparison.ts";
import { computeProcess } from "./computeProcess.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

/** How often the sample's pictures stand in the probe: so many that a fast machine, too, is at work for a while. */
const repeated = 64;

describe("a comparison that takes its time", { skip: editorMissing() }, () => {
  let session: Session;
  before(async () => {
    session = await openSession({ repeated });
    await session.workbench.choose(["ears-seed0.onnx", "tail-seed0.onnx"], "Compare Checkpoints");
  });
  after(() => session?.close());

  test("shows cells before the end", async () => {
    const view = await comparisonView(session.workbench);
    await view.locator(".map layer-heatmap").first().waitFor({ timeout: 30_000 });
    assert.ok(await view.getByRole("button", { name: "Cancel" }).isVisible());
    const early = await samplesShown(view);
    assert.ok(early > 0 && early < repeated * 512, `n ${early}`);
    await session.workbench.statusItem(/Comparing/).waitFor();
    await sleep(1500);
    const later = await samplesShown(view);
    assert.ok(later > early, `n ${early}, then ${later}`);
  });

  test("is cancelled, and keeps what it has", async () => {
    const view = await comparisonView(session.workbench);
    await view.getByRole("button", { name: "Cancel" }).click();
    await view
      .getByText(/cancelled/i)
      .first()
      .waitFor({ timeout: 5000 });
    await view.getByRole("button", { name: "Compare Again" }).waitFor();
    await view.locator(".map layer-heatmap").first().waitFor();
    await session.workbench.statusItem(/Comparing/).waitFor({ state: "detached" });
  });

  test("whose process is killed says so, and is done again by Retry", async () => {
    const view = await comparisonView(session.workbench);
    await view.getByRole("button", { name: "Compare Again" }).click();
    await view.getByRole("button", { name: "Cancel" }).waitFor();
    await sleep(1000);
    const pid = computeProcess(session.server);
    assert.ok(pid !== undefined, "no compute process");
    process.kill(pid, "SIGKILL");
    const alert = view.getByRole("alert");
    await alert.filter({ hasText: /SIGKILL/ }).waitFor({ timeout: 10_000 });
    assert.match(await alert.innerText(), /memory runs out/);
    await view.getByRole("button", { name: "Retry" }).click();
    await view.getByRole("button", { name: "Cancel" }).waitFor();
    // The process gives way to everything else on the machine.
    await finished(view, 240_000);
    assert.equal(await samplesShown(view), repeated * 512);
    assert.ok((await forwardPasses(view)) > 0);
  });

  test("leaves no process behind when the editor is closed", async () => {
    const pid = computeProcess(session.server);
    assert.deepEqual(session.workbench.troubles, []);
    await session.workbench.close();
    await session.server.stop();
    assert.ok(pid !== undefined && (await endsWithin(pid, 5000)), `process ${pid} lives on`);
  });
});
