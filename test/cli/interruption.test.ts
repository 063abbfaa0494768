import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childOf, endsWithin, runs } from "../fixtures/processes.ts";
import { notBuilt, type Running, sample, start } from "./built.ts";

const skip = notBuilt || (!existsSync("/proc") && "not run: there is no /proc to find the compute process in");

/** Starts a comparison that takes minutes: so many synthetic images, as no `likeness.json` names others. */
function startLong(t: TestContext): Running {
  const folder = mkdtempSync(join(tmpdir(), "likeness-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const models = ["ears-seed0.onnx", "tail-seed0.onnx"].map((name) => {
    copyFileSync(sample(name), join(folder, name));
    return join(folder, name);
  });
  return start(["compare", ...models, ..."--samples 100000 --batch 4 --estimator minibatch --taps @all".split(" ")]);
}

/** Waits until the command line has been at work for a while; answers the compute process's id. */
async function atWork({ process: { pid = 0 } }: Running): Promise<number> {
  await sleep(2000);
  const compute = childOf(pid);
  assert.ok(compute !== undefined && runs(compute), "there is no compute process");
  return compute;
}

test("Ctrl-C ends a long comparison within a second, and its compute process", { skip, timeout: 30_000 }, async (t) => {
  const running = startLong(t);
  const compute = await atWork(running);
  const from = performance.now();
  running.process.kill("SIGINT");
  const { code, err } = await running.outcome;
  assert.equal(code, 130, err);
  assert.match(err, /Cancelled\. \[cancelled\]/);
  assert.ok(performance.now() - from < 1000, `${performance.now() - from} ms`);
  assert.equal(runs(compute), false);
});

test("a compute process that is killed is named", { skip, timeout: 30_000 }, async (t) => {
  const running = startLong(t);
  const compute = await atWork(running);
  process.kill(compute, "SIGKILL");
  const { code, err } = await running.outcome;
  assert.equal(code, 1);
  assert.match(err, new RegExp(`likeness-compute, process ${compute}\\) was ended by SIGKILL during compare`));
});

test("a command line that is killed leaves no compute process", { skip, timeout: 30_000 }, async (t) => {
  const running = startLong(t);
  const compute = await atWork(running);
  running.process.kill("SIGKILL");
  await running.outcome;
  assert.ok(await endsWithin(compute, 2000));
});
