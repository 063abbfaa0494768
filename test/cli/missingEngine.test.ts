import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { notBuilt, sample, start } from "./built.ts";

test("without ONNX Runtime checkpoints are read, and running one is refused by name", { skip: notBuilt }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const script of ["cli.cjs", "compute.cjs"]) copyFileSync(join("dist", script), join(folder, script));
  const alone = join(folder, "cli.cjs");

  const inspected = await start(["inspect", sample("ears-seed0.onnx")], alone).outcome;
  assert.equal(inspected.code, 0, inspected.err);

  const models = [sample("ears-seed0.onnx"), sample("tail-seed0.onnx")];
  const compared = await start(["compare", ...models, "--json", "-"], alone).outcome;
  assert.equal(compared.code, 1);
  const { error } = JSON.parse(compared.out);
  assert.equal(error.code, "engine/missing");
  assert.match(error.message, /Cannot find module 'onnxruntime-node'/);
  assert.match(error.hint, /linux-x64/);
});
