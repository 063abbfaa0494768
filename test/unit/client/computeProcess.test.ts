import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ComputeProcess, type RequestOptions } from "../../../src/client/computeProcess.ts";
import { Failure } from "../../../src/core/failure.ts";
import type { Report } from "../../../src/core/report/report.ts";
import { inspect, measure, type Progress, statistics } from "../../../src/protocol/compute.ts";
import { endsWithin, runs } from "../../fixtures/processes.ts";

const fixtures = resolve(import.meta.dirname, "../../fixtures");

/** A compute process with a fake engine, which ends with the test. */
function startFake(t: TestContext, idleMinutes = 5) {
  const lines: string[] = [];
  const compute = new ComputeProcess({
    entry: resolve(fixtures, "fakeCompute.ts"),
    log: (line) => void lines.push(line),
    idleMinutes,
  });
  t.after(() => compute.dispose());
  const ask = (act: string, argument: string | number, options?: RequestOptions): Promise<Report> =>
    compute.request(measure, { x: act, y: String(argument), measures: [] }, options);
  const pid = async (): Promise<number> => {
    let first = "";
    await ask("wait", 0, { onProgress: ({ phase }) => (first = phase) });
    return Number(first);
  };
  return { compute, ask, pid, lines };
}

/** Aborts when the request reports its first progress, and says when it did. */
function abortOnceStarted() {
  const controller = new AbortController();
  const at = { aborted: 0 };
  const onProgress = (): void => {
    // The fixture blocks 50 ms after its first progress; be sure to come after that.
    setTimeout(() => {
      at.aborted = performance.now();
      controller.abort();
    }, 150);
  };
  return { options: { signal: controller.signal, onProgress }, at };
}

const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

describe("asking", () => {
  test("a request is answered, and its progress arrives before the answer", async (t) => {
    const { ask } = startFake(t);
    const seen: Progress[] = [];
    const report = await ask("wait", 1, { onProgress: (value) => seen.push(value) });
    assert.equal(report.provider, "1");
    assert.equal(seen.length, 1);
    assert.deepEqual([seen[0]?.done, seen[0]?.total], [1, 2]);
  });

  test("requests are answered in the order of asking by one process", async (t) => {
    const { ask } = startFake(t);
    const order: string[] = [];
    const pids = new Set<string>();
    const onProgress = ({ phase }: Progress): void => void pids.add(phase);
    await Promise.all([60, 30, 1].map(async (wait) => order.push((await ask("wait", wait, { onProgress })).provider)));
    assert.deepEqual(order, ["60", "30", "1"]);
    assert.equal(pids.size, 1);
  });

  test("a failure arrives with code, file and hint", async (t) => {
    const { ask } = startFake(t);
    await assert.rejects(ask("fail", "Entry 3 ends early."), {
      code: "zip/truncated-entry",
      message: "Entry 3 ends early.",
      file: "a.pt",
      hint: "Copy it again.",
    });
  });

  test("a defect arrives as internal, and its stack is in the log", async (t) => {
    const { ask, lines } = startFake(t);
    await assert.rejects(ask("blunder", "x is not a function"), failure("internal"));
    await sleep(50);
    assert.ok(lines.some((line) => line.includes("fakeCompute.ts")));
  });
});

describe("cancelling", () => {
  test("a request that listens ends by itself, and its process goes on", async (t) => {
    const { ask, pid } = startFake(t);
    const before = await pid();
    const { options, at } = abortOnceStarted();
    await assert.rejects(ask("wait", 20_000, options), failure("cancelled"));
    assert.ok(performance.now() - at.aborted < 500);
    assert.equal(await pid(), before);
  });

  test("a request that blocks is rejected within a second, and the next gets another process", async (t) => {
    const { ask, pid } = startFake(t);
    const before = await pid();
    const { options, at } = abortOnceStarted();
    await assert.rejects(ask("block", 20_000, options), failure("cancelled"));
    const milliseconds = performance.now() - at.aborted;
    assert.ok(milliseconds < 1000, `${milliseconds} ms`);
    assert.notEqual(await pid(), before);
    assert.ok(await endsWithin(before, 1000));
  });

  test("a waiting request leaves at once and disturbs nobody", async (t) => {
    const { ask, lines } = startFake(t);
    const running = ask("block", 700);
    const controller = new AbortController();
    const waiting = ask("wait", 0, { signal: controller.signal });
    await sleep(300);
    const from = performance.now();
    controller.abort();
    await assert.rejects(waiting, failure("cancelled"));
    assert.ok(performance.now() - from < 50);
    assert.equal((await running).provider, "700");
    assert.equal(lines.filter((line) => line.includes("started")).length, 1);
  });

  test("what a file holds is told beside a request that runs, its digest behind it", async (t) => {
    const { compute, ask } = startFake(t);
    let isRunning = true;
    const running = ask("wait", 400).then(() => {
      isRunning = false;
    });
    const model = { path: "" };
    await assert.rejects(compute.request(inspect, { model, digest: false }), failure("fake/unasked"));
    assert.ok(isRunning);
    await assert.rejects(compute.request(inspect, { model }), failure("fake/unasked"));
    assert.ok(!isRunning);
    await running;
  });

  test("work in the background gives way, and cancelling it ends nobody else's process", async (t) => {
    const { compute, ask, lines } = startFake(t);
    const controller = new AbortController();
    const background = compute.request(statistics, { path: "" }, { signal: controller.signal });
    assert.equal((await ask("wait", 1)).provider, "1");
    const running = ask("block", 1500);
    await sleep(300);
    const from = performance.now();
    controller.abort();
    await assert.rejects(background, failure("cancelled"));
    assert.ok(performance.now() - from < 50);
    assert.equal((await running).provider, "1500");
    assert.equal(lines.filter((line) => line.includes("started")).length, 1);
  });

  test("what waits behind a blocked request that is cancelled is answered by the next process", async (t) => {
    const { ask } = startFake(t);
    const { options } = abortOnceStarted();
    const blocked = ask("block", 20_000, options);
    const waiting = ask("wait", 7);
    await assert.rejects(blocked, failure("cancelled"));
    assert.equal((await waiting).provider, "7");
  });

  test("an aborted signal asks nothing", async (t) => {
    const { ask, lines } = startFake(t);
    await assert.rejects(ask("wait", 0, { signal: AbortSignal.abort() }), failure("cancelled"));
    assert.deepEqual(lines, []);
  });
});

describe("dying", () => {
  test("a crash names the process, what it did and its last words; the next request works", async (t) => {
    const { ask, pid } = startFake(t);
    const before = await pid();
    const crash = ask("crash", "terminate called after throwing");
    const waiting = ask("wait", 5);
    await assert.rejects(crash, (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "compute/died");
      assert.match(
        error.message,
        new RegExp(`likeness-compute, process ${before}\\) exited with code 3 during measure`),
      );
      assert.match(error.message, /1 of 2/);
      assert.match(error.message, /terminate called after throwing/);
      assert.ok(error.hint);
      return true;
    });
    assert.equal((await waiting).provider, "5");
    assert.notEqual(await pid(), before);
  });

  test("so does a kill from outside", async (t) => {
    const { ask, pid } = startFake(t);
    const before = await pid();
    const request = ask("block", 20_000, { onProgress: () => process.kill(before, "SIGKILL") });
    await assert.rejects(request, { code: "compute/died", message: /was ended by SIGKILL/ });
    assert.notEqual(await pid(), before);
  });

  test("a script that is not there is said so, each time", async (t) => {
    const compute = new ComputeProcess({ entry: resolve(fixtures, "absent.ts"), log: () => {} });
    t.after(() => compute.dispose());
    for (let attempt = 0; attempt < 2; attempt++) {
      const request = compute.request(measure, { x: "wait", y: "0", measures: [] });
      await assert.rejects(request, { code: "compute/died", message: /absent\.ts/ });
    }
  });
});

describe("ending", () => {
  test("a process that is not asked for a while ends, and the next request starts another", async (t) => {
    const { pid } = startFake(t, 0.1 / 60);
    const first = await pid();
    assert.ok(await endsWithin(first, 2000));
    assert.notEqual(await pid(), first);
  });

  test("dispose ends the process and what was asked of it", async (t) => {
    const { compute, ask, pid } = startFake(t);
    const child = await pid();
    const asked = ask("block", 20_000);
    compute.dispose();
    await assert.rejects(asked, failure("cancelled"));
    assert.ok(await endsWithin(child, 1000));
    await assert.rejects(ask("wait", 0), failure("cancelled"));
  });

  for (const [act, argument] of [
    ["wait", "60000"],
    ["block", "1000"],
  ] as const) {
    test(`a parent that is killed leaves no orphan (${act})`, { timeout: 10_000 }, async () => {
      const parent = spawn(process.execPath, [resolve(fixtures, "abandoningParent.ts"), act, argument]);
      const [printed] = await once(parent.stdout, "data");
      const child = Number(String(printed));
      // The fixture blocks 50 ms after its first progress.
      await sleep(150);
      assert.ok(runs(child));
      parent.kill("SIGKILL");
      assert.ok(await endsWithin(child, 2500));
    });
  }
});
