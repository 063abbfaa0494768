import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { exhaust } from "./exhaust.ts";
import { makeInput } from "./input.ts";
import { memoryFolder } from "./memoryFolder.ts";
import { type Seed, type Target, targets } from "./targets.ts";

/** A digest of every element of a good file, read from a source of one kind or the other. */
function digest({ read }: Target, seed: Seed, overwrites: boolean): string {
  const folder = memoryFolder(seed.files, overwrites);
  const hash = createHash("sha256");
  exhaust(read(folder.open(seed.main), folder), seed.sampleShape, (name, bytes) => hash.update(name).update(bytes));
  return hash.digest("hex");
}

for (const target of targets) {
  test(`${target.name}: good files are read, alike from a source that overwrites what it gave`, () => {
    for (const seed of target.seeds()) assert.equal(digest(target, seed, true), digest(target, seed, false), seed.name);
  });
}

test("an input is the same whenever it is made", () => {
  const target = targets[0] ?? assert.fail();
  for (const index of [0, 1, 2]) {
    const [a, b] = [makeInput(target, target.seeds(), index), makeInput(target, target.seeds(), index)];
    assert.deepEqual(a.files, b.files);
    assert.notDeepEqual(a.files, a.seed.files);
  }
});
