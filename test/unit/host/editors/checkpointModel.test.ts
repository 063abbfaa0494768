import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestType } from "vscode-jsonrpc";
import type { RequestOptions } from "../../../../src/client/computeProcess.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { CheckpointModel, type CheckpointState } from "../../../../src/host/editors/checkpointModel.ts";
import type { TensorStatistics } from "../../../../src/protocol/view.ts";
import { smallReport } from "../../../fixtures/reports.ts";

const one: TensorStatistics = {
  name: "fc.weight",
  count: 1,
  nonFinite: 0,
  minimum: 1,
  maximum: 1,
  mean: 1,
  standardDeviation: 0,
  histogram: [1],
};

/** Answers each request as `answers` says. */
function modelOf(answers: Record<string, (options: RequestOptions) => Promise<unknown>>) {
  const request = async (type: RequestType<never, unknown, unknown>, _params: unknown, options: RequestOptions = {}) =>
    answers[type.method]?.(options);
  const model = new CheckpointModel(import.meta.filename, { request: request as never });
  const seen: CheckpointState[] = [];
  model.onDidChange((state) => seen.push(state));
  return { model, seen };
}

const inspect = async () => smallReport();

const found = { code: "check/constant", severity: "warning", title: "1 tensor is constant.", evidence: "fc.bias" };

test("what the file holds comes first, then statistics as they are read, then all of them, then the findings", async () => {
  const { model, seen } = modelOf({
    inspect,
    statistics: async ({ onProgress }) => {
      onProgress?.({ phase: "Reading weights", done: 1, total: 2, statistics: [one] });
      await new Promise((resolve) => setTimeout(resolve, 200));
      return [one, { ...one, name: "fc.bias" }];
    },
    check: async () => ({ findings: [found] }),
  });
  await model.read();
  const told = seen.map(({ model: known, statistics, statisticsStatus: { kind } }) => [
    !!known,
    statistics.length,
    kind,
  ]);
  assert.deepEqual(told, [
    [false, 0, "running"],
    [true, 0, "running"],
    [true, 1, "running"],
    [true, 2, "done"],
    [true, 2, "done"],
  ]);
  assert.deepEqual(model.state.findings, [found]);
  assert.ok(model.state.sizeBytes > 0);
});

test("a file that cannot be read is a state with a hint, and nothing older stays", async () => {
  const failure = new Failure("git-lfs-pointer", "This is a Git LFS pointer.", { hint: "Run: git lfs pull" });
  let fails = false;
  const { model } = modelOf({
    inspect: async () => (fails ? Promise.reject(failure) : smallReport()),
    statistics: async () => [],
  });
  await model.read();
  fails = true;
  await model.read();
  assert.equal(model.state.model, undefined);
  assert.ok(model.state.status.kind === "failed" && model.state.status.failure.hint === "Run: git lfs pull");
});

test("cancelling keeps what was read", async () => {
  const { model } = modelOf({
    inspect,
    statistics: ({ signal, onProgress }) =>
      new Promise((_, reject) => {
        onProgress?.({ phase: "Reading weights", statistics: [one] });
        signal?.addEventListener("abort", () => reject(new Failure("cancelled", "Cancelled.")));
      }),
  });
  const reading = model.read();
  setTimeout(() => model.cancel(), 20);
  await reading;
  assert.deepEqual([model.state.statistics, model.state.statisticsStatus], [[one], { kind: "cancelled" }]);
  assert.equal(model.state.status.kind, "done");
});

test("a reading that another has overtaken changes nothing any more", async () => {
  let first = true;
  const { model } = modelOf({
    inspect: ({ signal }) => {
      if (!first) return inspect();
      first = false;
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new Failure("cancelled", "Cancelled."))),
      );
    },
    statistics: async () => [one],
  });
  const overtaken = model.read();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await Promise.all([overtaken, model.read()]);
  assert.deepEqual([model.state.status.kind, model.state.statisticsStatus.kind], ["done", "done"]);
});
