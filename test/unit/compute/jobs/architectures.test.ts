import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { architectures } from "../../../../src/compute/jobs/architectures.ts";
import { inspect } from "../../../../src/compute/jobs/inspect.ts";
import { statistics } from "../../../../src/compute/jobs/statistics.ts";
import type { ModelReport } from "../../../../src/core/report/report.ts";
import type { ModelChoice } from "../../../../src/protocol/compute.ts";
import { lonelyJob, temporaryFolder } from "./checkpoint.ts";

const fixtures = resolve(import.meta.dirname, "../../../fixtures");
const sample = resolve(import.meta.dirname, "../../../../media/sample");

/** Two checkpoints of a run, without anything that says what network they are of. */
function run(t: TestContext): { readonly folder: string; readonly first: string; readonly last: string } {
  const folder = temporaryFolder(t);
  const [first, last] = ["epoch=1.pt", "epoch=4.pt"].map((name) => {
    cpSync(join(fixtures, "runs", name), join(folder, name));
    return join(folder, name);
  }) as [string, string];
  return { folder, first, last };
}

async function options(path: string) {
  return architectures({ model: { path }, progress: "" }, lonelyJob());
}

async function inspected(model: ModelChoice): Promise<ModelReport> {
  const [found] = (await inspect({ model, digest: false, progress: "" }, lonelyJob())).models;
  assert.ok(found);
  return found;
}

test("what lies beside bare weights is offered, what fits with its evidence, what does not with the reason", async (t) => {
  const { folder, first } = run(t);
  assert.deepEqual(await options(first), []);
  cpSync(join(sample, "ears-seed0.onnx"), join(folder, "net.onnx"));
  cpSync(join(fixtures, "donors/tied.onnx"), join(folder, "tied.onnx"));
  writeFileSync(join(folder, "broken.onnx"), "no network");
  const found = await options(first);
  assert.deepEqual(
    found.map(({ source, path, fits }) => [source, path, fits]),
    [
      ["donor", join(folder, "net.onnx"), true],
      ["donor", join(folder, "tied.onnx"), false],
    ],
  );
  for (const { evidence } of found) assert.notEqual(evidence, "");
});

test("the first that fits is taken; what is named counts alone", async (t) => {
  const { folder, first } = run(t);
  const donor = join(folder, "net.onnx");
  cpSync(join(sample, "ears-seed0.onnx"), donor);
  const { architecture } = await inspected({ path: first });
  assert.deepEqual([architecture.source, architecture.file], ["donor", donor]);
  const other = join(folder, "other.onnx");
  cpSync(join(sample, "tail-seed0.onnx"), other);
  assert.equal((await inspected({ path: first, architecture: other })).architecture.file, other);
  // Itself: what it holds and what its weights are known by, whatever lies beside it.
  await assert.rejects(inspected({ path: first, architecture: first }), { code: "architecture/not-found" });
  cpSync(join(fixtures, "donors/tied.onnx"), join(folder, "tied.onnx"));
  await assert.rejects(inspected({ path: first, architecture: join(folder, "tied.onnx") }), {
    code: "architecture/donor-mismatch",
  });
  rmSync(donor);
  rmSync(other);
  assert.equal((await inspected({ path: first })).architecture.source, "none");
});

test("what likeness.json names is offered first, and once", async (t) => {
  const { folder, first } = run(t);
  cpSync(join(sample, "ears-seed0.onnx"), join(folder, "net.onnx"));
  cpSync(join(sample, "ears-seed1.onnx"), join(folder, "also.onnx"));
  writeFileSync(join(folder, "likeness.json"), JSON.stringify({ models: { "*.pt": { architecture: "net.onnx" } } }));
  assert.deepEqual(
    (await options(first)).map(({ path }) => path),
    [join(folder, "net.onnx"), join(folder, "also.onnx")],
  );
});

test("a file with a graph of its own offers that first", async (t) => {
  const { folder } = run(t);
  const path = join(folder, "net.onnx");
  cpSync(join(sample, "ears-seed0.onnx"), path);
  const [own] = await options(path);
  assert.deepEqual([own?.source, own?.path, own?.fits], ["file", undefined, true]);
});

test("a weight set beside the main one is inspected by its name, and told of", async (t) => {
  const { folder, last } = run(t);
  cpSync(join(sample, "ears-seed0.onnx"), join(folder, "net.onnx"));
  const main = await inspected({ path: last });
  assert.deepEqual([main.weights, main.weightSets], [undefined, ["ema_state_dict"]]);
  const average = await inspected({ path: last, weights: "ema_state_dict" });
  assert.deepEqual([average.weights, average.weightSets], ["ema_state_dict", ["ema_state_dict"]]);
  const mean = async (weights?: string): Promise<number | null | undefined> =>
    (await statistics({ path: last, ...(weights !== undefined && { weights }), progress: "" }, lonelyJob()))[0]?.mean;
  assert.notEqual(await mean("ema_state_dict"), await mean());
  await assert.rejects(inspected({ path: last, weights: "swa" }), { code: "weights/unknown" });
});
