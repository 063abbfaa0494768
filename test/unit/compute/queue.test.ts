import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { JobQueue } from "../../../src/compute/queue.ts";

const never = new AbortController().signal;

test("jobs run one at a time, in order, past failures", async () => {
  const queue = new JobQueue();
  const events: string[] = [];
  const job = (name: string, milliseconds: number, fails = false) =>
    queue.run(never, async () => {
      events.push(`${name} starts`);
      await sleep(milliseconds);
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const outcomes = await Promise.allSettled([job("a", 20), job("b", 1, true), job("c", 1)]);
  assert.deepEqual(events, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("a job that throws before its first await fails and lets the next run", async () => {
  const queue = new JobQueue();
  const failing = queue.run(never, () => {
    throw new Error("at once");
  });
  await assert.rejects(failing, /at once/);
  assert.equal(await queue.run(never, async () => 1), 1);
});

test("a waiting job that is aborted leaves at once and never runs", async () => {
  const queue = new JobQueue();
  const controller = new AbortController();
  let ran = false;
  const first = queue.run(never, () => sleep(100, "first"));
  const second = queue.run(controller.signal, async () => {
    ran = true;
  });
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await assert.rejects(second, reason);
  assert.equal(await first, "first");
  assert.equal(await queue.run(never, async () => "third"), "third");
  assert.equal(ran, false);
});

test("an abort that arrives while the job before blocks keeps the next from starting", async () => {
  const queue = new JobQueue();
  const controller = new AbortController();
  let ran = false;
  const first = queue.run(never, async () => {
    setTimeout(() => controller.abort(), 1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
  });
  const second = queue.run(controller.signal, async () => {
    ran = true;
  });
  await Promise.allSettled([first, second]);
  assert.equal(ran, false);
});

test("the queue is idle when every job has ended", async () => {
  const queue = new JobQueue();
  await queue.idle(never);
  const events: string[] = [];
  for (const name of ["a", "b"]) void queue.run(never, () => sleep(10).then(() => events.push(name)));
  await queue.idle(never);
  assert.deepEqual(events, ["a", "b"]);
});

test("waiting for an idle queue ends with the signal", async () => {
  const queue = new JobQueue();
  const controller = new AbortController();
  const job = queue.run(never, () => sleep(100));
  setTimeout(() => controller.abort(new Error("enough")), 10);
  await assert.rejects(queue.idle(controller.signal), /enough/);
  await job;
});
