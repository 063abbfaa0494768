import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SettledFiles } from "../../../../src/host/editors/settledFiles.ts";

const patience = 60;

function watched(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "likeness-settled-"));
  let calls = 0;
  const files = new SettledFiles(() => void calls++, patience);
  t.after(() => {
    files.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  return { files, path: join(folder, "model.onnx"), calls: () => calls };
}

test("a file that grows is complete when it has stopped", async (t) => {
  const { files, path, calls } = watched(t);
  writeFileSync(path, "");
  await files.look(path);
  for (let i = 0; i < 4; i++) {
    appendFileSync(path, "more");
    void files.touched(path);
    await sleep(patience / 2);
  }
  assert.equal(calls(), 0);
  await sleep(4 * patience);
  assert.equal(calls(), 1);
});

test("a file that is as it was when it was read is not read again", async (t) => {
  const { files, path, calls } = watched(t);
  writeFileSync(path, "whole");
  await files.look(path);
  await files.touched(path);
  await sleep(3 * patience);
  assert.equal(calls(), 0);
});

test("another file that appears is news", async (t) => {
  const { files, path, calls } = watched(t);
  writeFileSync(path, "model");
  await files.look(path);
  writeFileSync(`${path}.data`, "weights");
  await files.touched(`${path}.data`);
  await sleep(3 * patience);
  assert.equal(calls(), 1);
});
