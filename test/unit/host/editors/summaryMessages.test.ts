import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "../../../../src/host/editors/summaryMessages.ts";
import type { SummaryState, TensorStatistics, WorkStatus } from "../../../../src/protocol/view.ts";
import { smallReport } from "../../../fixtures/reports.ts";

const statistics = ["a", "b", "c"].map(
  (name): TensorStatistics => ({
    name,
    count: 1,
    nonFinite: 0,
    minimum: 0,
    maximum: 0,
    mean: 0,
    standardDeviation: 0,
    histogram: [],
  }),
);
const running: WorkStatus = { kind: "running", phase: "Reading weights" };
const [model] = smallReport().models;
const known: SummaryState = {
  type: "summary",
  path: "/a.onnx",
  sizeBytes: 1,
  status: { kind: "done" },
  ...(model && { model }),
  warnings: [],
  statistics: statistics.slice(0, 1),
  statisticsStatus: running,
};

test("while statistics come in, only the new ones are sent", () => {
  const done: WorkStatus = { kind: "done" };
  assert.deepEqual(message(known, { ...known, statistics, statisticsStatus: done }), {
    type: "summaryProgress",
    from: 1,
    statistics: statistics.slice(1),
    statisticsStatus: done,
  });
});

test("whatever else changes, and every first message, is sent whole", () => {
  assert.equal(message(undefined, known), known);
  const changes: Partial<SummaryState>[] = [
    { baseline: "b.onnx" },
    { isBaseline: true },
    { statistics: [] },
    { status: { kind: "running", phase: "Reading" } },
    { warnings: [{ code: "a", message: "b" }] },
  ];
  for (const change of changes) {
    const now = { ...known, ...change };
    assert.equal(message(known, now), now, JSON.stringify(change));
  }
});
