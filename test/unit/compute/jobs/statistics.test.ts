import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { statistics } from "../../../../src/compute/jobs/statistics.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { makeNode } from "../../../../src/core/graph/graph.ts";
import { float32Tensor } from "../../../../src/core/graph/tensor.ts";
import { makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";
import { entry, safetensorsFile } from "../../../fixtures/safetensors.ts";
import { lonelyJob, temporaryFolder, writeCheckpoint } from "./checkpoint.ts";

const program = makeProgram(17, {
  nodes: [makeNode("MatMul", ["x", "large"], ["h"]), makeNode("Add", ["h", "small"], ["y"])],
  inputs: [value("x", ["n", 512])],
  outputs: [value("y", ["n", 4096])],
  initializers: { large: numbers([512, 4096]), small: float32Tensor([2], [1, Number.NaN]) },
});

test("statistics of every weight, in the order of the file, told as they come", async (t) => {
  const path = writeCheckpoint(temporaryFolder(t), program);
  const job = lonelyJob();
  const all = await statistics({ path, progress: "" }, job);
  assert.deepEqual(
    all.map(({ name, count, nonFinite }) => [name, count, nonFinite]),
    [
      ["large", 512 * 4096, 0],
      ["small", 2, 1],
    ],
  );
  assert.deepEqual(
    job.reports.flatMap(({ statistics: some = [] }) => some),
    all,
  );
  const last = job.reports.at(-1);
  assert.deepEqual([last?.done, last?.total], [512 * 4096 + 2, 512 * 4096 + 2]);
});

test("between two pieces of a large weight it can be stopped", async (t) => {
  const path = writeCheckpoint(temporaryFolder(t), program);
  const controller = new AbortController();
  const job = lonelyJob(controller);
  let turns = 0;
  const giveWay = async (): Promise<void> => {
    if (++turns === 1) controller.abort(new Failure("cancelled", "Cancelled."));
    controller.signal.throwIfAborted();
  };
  await assert.rejects(statistics({ path, progress: "" }, { ...job, giveWay }), { code: "cancelled" });
  assert.equal(turns, 1);
});

test("a tensor that is not decoded says so, and the others have their statistics", async (t) => {
  const path = `${temporaryFolder(t)}/six.safetensors`;
  writeFileSync(path, safetensorsFile({ six: entry("F6_E2M3", 4, 0, 3), bytes: entry("U8", 3, 3, 3) }, 6));
  const [six, bytes] = await statistics({ path, progress: "" }, lonelyJob());
  assert.deepEqual([six?.count, six?.mean, six?.histogram], [4, null, []]);
  assert.match(six?.unread ?? "", /"six" are F6_E2M3, which is listed but not read/);
  assert.deepEqual([bytes?.mean, bytes?.unread], [4, undefined]);
});

test("a file that is no checkpoint is refused by name", async (t) => {
  const path = `${temporaryFolder(t)}/absent.onnx`;
  await assert.rejects(statistics({ path, progress: "" }, lonelyJob()), { code: "file/missing" });
});
