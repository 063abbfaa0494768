import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { cifarProbe } from "./cifarProbe.ts";
import { report } from "./likeness.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** The Gram store under real comparisons, each from a process of its own. */
describe("the Gram store", { skip: withoutShared }, () => {
  const assets = join(sharedFolder() ?? "", "assets");
  const seed = (n: number) => join(assets, `torch-cifar10-drfrankenstein/exported/tiny10_seed${n}.onnx`);
  const folder = mkdtempSync(join(tmpdir(), "likeness-store-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const probe = withoutShared ? "" : cifarProbe(assets, folder);
  const compare = (store: string, ...models: readonly number[]) =>
    report("compare", ...models.map(seed), "--probe", probe, "--taps", "@all", "--store", join(folder, store));
  const entries = (store: string) =>
    readdirSync(join(folder, store), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".gram"))
      .map((name) => join(folder, store, name));

  test("asking again runs nothing, and takes under a second", async (t) => {
    const first = await compare("again", 0, 1);
    const started = performance.now();
    const second = await compare("again", 0, 1);
    const wall = (performance.now() - started) / 1000;
    t.diagnostic(
      `first ${first.seconds.total} s, again ${second.seconds.total} s (${wall.toFixed(2)} s with the process)`,
    );
    assert.equal(first.forwardPasses, 2);
    assert.equal(second.forwardPasses, 0);
    assert.deepEqual(second.measures, first.measures);
    assert.deepEqual(second.outputs, first.outputs);
    // Five times the stated second, for machines that are busy.
    assert.ok(second.seconds.total < 5);
  });

  test("a third network against a stored one is the only one that runs", async () => {
    await compare("third", 0, 1);
    const third = await compare("third", 0, 2);
    assert.equal(third.forwardPasses, 1);
    const fresh = await compare("other", 0, 2);
    assert.deepEqual(third.measures, fresh.measures);
  });

  test("damaged entries are noticed and computed again", async () => {
    const whole = await compare("damaged", 0, 1);
    for (const [i, entry] of entries("damaged").entries()) {
      const bytes = readFileSync(entry);
      if (i % 2 === 0) writeFileSync(entry, bytes.subarray(0, bytes.length / 2));
      else {
        bytes[bytes.length - 5]! ^= 0x40;
        writeFileSync(entry, bytes);
      }
    }
    const mended = await compare("damaged", 0, 1);
    assert.deepEqual(mended.measures, whole.measures);
    assert.ok(mended.warnings.some(({ code }) => code === "store/damaged-entry"));
    assert.equal((await compare("damaged", 0, 1)).forwardPasses, 0);
  });

  test("processes that share a store do not get into each other's way", async () => {
    const alone = await compare("alone", 0, 1, 2);
    const together = await Promise.all([
      compare("shared", 0, 1, 2),
      compare("shared", 0, 1, 2),
      compare("shared", 2, 1, 0),
    ]);
    for (const result of together.slice(0, 2)) assert.deepEqual(result.pairs, alone.pairs);
    const after = await compare("shared", 0, 1, 2);
    assert.equal(after.forwardPasses, 0);
    assert.deepEqual(after.pairs, alone.pairs);
    assert.deepEqual(after.warnings, []);
  });
});
