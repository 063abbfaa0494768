import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "../../../../src/compute/jobs/inspect.ts";
import { writeOnnx, writeOnnxWithExternalData } from "../../../../src/core/formats/onnx/writer.ts";
import { makeNode } from "../../../../src/core/graph/graph.ts";
import { largeProgram } from "../../../fixtures/largeModel.ts";
import { makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";
import { lonelyJob, temporaryFolder } from "./checkpoint.ts";

/** What is stated of 500 MiB, in seconds and MiB; a test on a busy machine may take five times that. */
const stated = { seconds: 1, memory: 200 };

test("names, shapes and layers of 500 MiB come without the weights being read", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "large.onnx");
  const unread = { bytes: () => new Uint8Array(0) };
  const program = largeProgram(500);
  const initializers = new Map(
    [...program.graph.initializers].map(([name, tensor]) => [name, { ...tensor, ...unread }]),
  );
  const model = writeOnnxWithExternalData(
    { ...program, graph: { ...program.graph, initializers } },
    "large.onnx.data",
    () => {},
  );
  writeFileSync(path, model);
  // A file with a hole takes no room on the disk, and reading it would take as long as any other.
  writeFileSync(`${path}.data`, "");
  truncateSync(`${path}.data`, 600 * 2 ** 20);

  const memoryBefore = process.resourceUsage().maxRSS;
  const started = performance.now();
  const report = await inspect({ model: { path }, digest: false, progress: "" }, lonelyJob());
  const seconds = (performance.now() - started) / 1000;
  const memory = (process.resourceUsage().maxRSS - memoryBefore) / 1024;
  t.diagnostic(`${seconds.toFixed(2)} s, ${memory.toFixed(0)} MiB more than before`);
  assert.ok(seconds < 5 * stated.seconds);
  assert.ok(memory < stated.memory);
  const [found] = report.models;
  assert.equal(found?.digest, "");
  assert.equal(found?.tensors?.length, program.graph.initializers.size);
  assert.deepEqual(found?.tensors?.[0], { name: "embedding.weight", dtype: "float32", shape: [16_384, 1024] });
  assert.ok((found?.taps.length ?? 0) > 10);
});

test("the digest is there unless it is left out, and says what the weights are", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "small.onnx");
  const digestOf = async (): Promise<string | undefined> =>
    (await inspect({ model: { path }, progress: "" }, lonelyJob())).models[0]?.digest;
  const write = (seed: number): void =>
    writeFileSync(
      path,
      writeOnnx(
        makeProgram(17, {
          nodes: [makeNode("MatMul", ["x", "w"], ["y"])],
          inputs: [value("x", ["n", 8])],
          outputs: [value("y", ["n", 4])],
          initializers: { w: numbers([8, 4], seed) },
        }),
      ),
    );
  write(1);
  const first = await digestOf();
  assert.match(first ?? "", /^[0-9a-f]{64}$/);
  write(2);
  assert.notEqual(await digestOf(), first);
});
