import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { inspect } from "../../src/compute/jobs/inspect.ts";
import { Failure } from "../../src/core/failure.ts";
import { runExport } from "../../src/host/architecture/exportRun.ts";
import { lonelyJob } from "../unit/compute/jobs/checkpoint.ts";

const root = resolve(import.meta.dirname, "../..");
const script = join(root, "media/python/export_architecture.py");

/** A Python that has PyTorch, and NumPy for the sample's own code. */
const interpreter = ["python3", "/usr/bin/python3"].find(
  (python) => spawnSync(python, ["-c", "import torch, numpy"]).status === 0,
);
const skip = interpreter === undefined && "not run: no Python with PyTorch is here";

test("what the user's own Python writes is a donor for checkpoints that it never saw", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-export-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["train.py", "creatures.py"]) cpSync(join(root, "media/sample", name), join(folder, name));
  const checkpoint = join(folder, "epoch=1.pt");
  cpSync(join(root, "test/fixtures/runs/epoch=1.pt"), checkpoint);
  const run = (network: string, shape = "3,32,32"): Promise<string> => {
    const args = [script, "--network", network, "--shape", shape, "--out", join(folder, "architecture")];
    return runExport({ interpreter: interpreter ?? "", args, folder }, AbortSignal.timeout(60_000), () => {});
  };
  const path = await run("train.py:Net()");
  const [model] = (await inspect({ model: { path: checkpoint }, digest: false, progress: "" }, lonelyJob())).models;
  assert.deepEqual([model?.architecture.source, model?.architecture.file], ["donor", path]);
  assert.equal(model?.tensors?.length, 22);
  t.diagnostic(model?.architecture.evidence ?? "");

  const refused = (network: string, reason: RegExp, shape?: string): Promise<void> =>
    assert.rejects(run(network, shape), (error) => error instanceof Failure && reason.test(error.message));
  await refused("train.py:Nett", /no attribute 'Nett'/);
  await refused("train.py:Net(open('x'))", /ValueError/);
  await refused("train.py:Net", /RuntimeError/, "7");
});
