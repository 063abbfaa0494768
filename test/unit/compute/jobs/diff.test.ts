import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { diff } from "../../../../src/compute/jobs/diff.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { validReport } from "../../../../src/core/report/validate.ts";
import { lonelyJob } from "./checkpoint.ts";

const [seed0, seed1] = [0, 1].map((seed) => join(resolve("media/sample"), `ears-seed${seed}.onnx`)) as [string, string];

const between = (a: string, b: string, job = lonelyJob()) =>
  diff({ models: [{ path: a }, { path: b }], progress: "" }, job);

test("two trainings of one network differ in every tensor", async () => {
  const job = lonelyJob();
  const report = await between(seed0, seed1, job);
  const { weights } = report;
  assert.ok(weights);
  assert.deepEqual([report.kind, report.findings], ["diff", []]);
  assert.deepEqual([weights.tensors.length, weights.modules.length], [22, 9]);
  assert.ok(weights.tensors.every(({ state }) => state === "changed"));
  assert.ok((weights.total.relative ?? 0) > 0.5);
  const last = job.reports.at(-1);
  assert.ok(last?.done === last?.total && (last?.total ?? 0) > 20_000);
  validReport(JSON.parse(JSON.stringify(report)));
});

test("a file does not differ from itself", async () => {
  const { weights } = await between(seed0, seed0);
  assert.ok(weights?.tensors.every(({ state }) => state === "equal"));
  assert.deepEqual([weights?.total.differing, weights?.total.relative, weights?.total.largest], [0, 0, 0]);
});

test("it can be stopped between two pieces, and names a file that is not there", async () => {
  const controller = new AbortController();
  controller.abort(new Failure("cancelled", "Cancelled."));
  await assert.rejects(between(seed0, seed1, lonelyJob(controller)), { code: "cancelled" });
  await assert.rejects(between(seed0, `${seed0}.gone`), { code: "file/missing" });
});
