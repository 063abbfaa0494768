import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { Failure } from "../../../../src/core/failure.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { ComparisonSession } from "../../../../src/host/panels/comparisonSession.ts";
import type { CompareParams, Progress } from "../../../../src/protocol/compute.ts";
import type { ComparisonState } from "../../../../src/protocol/view.ts";
import { partialReport, questionFor } from "../../../fixtures/comparisons.ts";
import { smallReport } from "../../../fixtures/reports.ts";

/** A request that the test answers itself. */
interface Asked {
  readonly params: CompareParams;
  readonly signal: AbortSignal;
  progress(value: Progress): void;
  answer(report: Report): void;
  fail(failure: Failure): void;
}

function session() {
  const asked: Asked[] = [];
  const states: ComparisonState[] = [];
  const finished: Report[] = [];
  const compute = {
    engine: () => ({ provider: "cpu", store: "/store" }),
    request: (
      _type: unknown,
      params: unknown,
      options: { signal?: AbortSignal; onProgress?: (value: Progress) => void },
    ) =>
      new Promise((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(new Failure("cancelled", "Cancelled.")));
        asked.push({
          params: params as CompareParams,
          signal: options.signal!,
          progress: (value) => options.onProgress?.(value),
          answer: resolve,
          fail: reject,
        });
      }),
  };
  const question = questionFor(smallReport());
  const made = new ComparisonSession(question, {
    compute: compute as ConstructorParameters<typeof ComparisonSession>[1]["compute"],
    surface: { visible: true, reveal: () => {} },
    show: (state) => states.push(state),
    finished: (_, report) => finished.push(report),
  });
  return { made, question, asked, states, finished, last: () => states.at(-1)! };
}

test("a question goes to the compute process with the engine of the settings", () => {
  const { made, asked, question } = session();
  void made.run({
    ...question,
    probe: "/p.npy",
    samples: 64,
    models: [{ path: "/a", preprocess: "none" }, { path: "/b" }],
  });
  const { models, probe, engine, batch, measures, seed } = asked[0]!.params;
  assert.deepEqual(models, [{ path: "/a", preprocess: "none" }, { path: "/b" }]);
  assert.deepEqual(probe, { path: "/p.npy", samples: 64 });
  assert.deepEqual(engine, { provider: "cpu", store: "/store" });
  assert.deepEqual([batch, measures, seed], [128, ["all"], 0]);
});

test("estimate, first cells and the end are shown at once, what comes between at most four times a second", async () => {
  const { made, asked, states, finished, last } = session();
  const ran = made.run();
  assert.equal(last().status.kind, "running");
  const [request] = asked;
  request!.progress({ phase: "Estimating", estimate: { seconds: 8, memoryMB: 300 } });
  const estimating = last().status;
  assert.ok(estimating.kind === "running" && estimating.estimate?.memoryMB === 300 && estimating.secondsLeft! > 7);
  request!.progress({ phase: "Comparing", done: 1, total: 40, partial: partialReport(smallReport(), 32) });
  assert.equal(last().report?.measures?.["cka.linear.unbiased"]?.samples, 32);
  const before = states.length;
  for (let done = 2; done <= 40; done++) request!.progress({ phase: "Comparing", done, total: 40 });
  assert.ok(states.length - before <= 1);
  request!.answer(smallReport());
  await ran;
  assert.deepEqual(last().status, { kind: "done" });
  assert.equal(last().isEarlier, false);
  assert.equal(finished.length, 1);
  await after(300);
  assert.deepEqual(last().status, { kind: "done" }, "nothing that was late comes after the end");
});

test("cancelling is shown at once and keeps the cells", async () => {
  const { made, asked, last } = session();
  const ran = made.run();
  asked[0]!.progress({ phase: "Comparing", done: 1, total: 4, partial: partialReport(smallReport(), 32) });
  made.cancel();
  assert.equal(last().status.kind, "cancelled");
  assert.ok(asked[0]!.signal.aborted);
  await ran;
  assert.equal(last().status.kind, "cancelled");
  assert.ok(last().report);
  assert.equal(last().isEarlier, false);
});

test("a failure says what happened, and the same question can be asked again", async () => {
  const { made, asked, last } = session();
  const ran = made.run();
  asked[0]!.fail(
    new Failure("compute/died", "The compute process was ended by SIGKILL.", { hint: "Use fewer samples." }),
  );
  await ran;
  const { status } = last();
  assert.ok(status.kind === "failed" && status.failure.hint === "Use fewer samples.");
  const again = made.run(made.question);
  assert.equal(last().status.kind, "running");
  asked[1]!.answer(smallReport());
  await again;
  assert.equal(last().status.kind, "done");
});

test("another question drops the one that runs, and its numbers are told from the present ones", async () => {
  const { made, asked, last, question, finished } = session();
  const first = made.run();
  asked[0]!.progress({ phase: "Comparing", done: 1, total: 4, partial: partialReport(smallReport(), 32) });
  const second = made.run({ ...question, samples: 64 });
  assert.ok(asked[0]!.signal.aborted);
  assert.equal(last().isEarlier, true);
  asked[0]!.progress({ phase: "Comparing", done: 2, total: 4, partial: partialReport(smallReport(), 64) });
  assert.equal(last().isEarlier, true, "what the dropped one still says is not heard");
  await first;
  assert.equal(last().status.kind, "running");
  asked[1]!.answer(smallReport());
  await second;
  assert.equal(last().isEarlier, false);
  assert.equal(last().question.samples, 64);
  assert.equal(finished.length, 1);
});

test("a closed panel shows nothing any more and stops its work", async () => {
  const { made, asked, states } = session();
  const ran = made.run();
  const before = states.length;
  made.dispose();
  assert.ok(asked[0]!.signal.aborted);
  await ran;
  assert.equal(states.length, before);
});
