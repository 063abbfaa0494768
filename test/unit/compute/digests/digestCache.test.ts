import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DigestCache } from "../../../../src/compute/digests/digestCache.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "likeness-digests-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file as if so many seconds ago. */
function writeOld(path: string, text: string, seconds: number): void {
  writeFileSync(path, text);
  const time = new Date(Date.now() - seconds * 1000);
  utimesSync(path, time, time);
}

/** Asks for the digests of files and says whether they had to be computed. */
async function computed(cache: DigestCache, files: readonly string[], purpose = "test"): Promise<boolean> {
  let asked = false;
  const digests = await cache.remember(files, purpose, async () => {
    asked = true;
    return { a: `${purpose} of ${files.length}` };
  });
  assert.deepEqual(digests, { a: `${purpose} of ${files.length}` });
  return asked;
}

test("asks once for what has not changed, in this process and the next", async (t) => {
  const folder = temporaryFolder(t);
  const [model, data, kept] = ["model", "data", "kept/digests.json"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeOld(model, "abc", 60);
  writeOld(data, "def", 60);
  const cache = new DigestCache(kept);
  assert.equal(await computed(cache, [model]), true);
  assert.equal(await computed(cache, [model]), false);
  assert.equal(await computed(cache, [model], "another"), true);
  assert.equal(await computed(cache, [model, data]), true);
  const next = new DigestCache(kept);
  assert.equal(await computed(next, [model]), false);
  assert.equal(await computed(next, [model, data]), false);
  writeOld(data, "deg", 30);
  assert.equal(await computed(next, [model, data]), true);
  assert.equal(await computed(next, [model]), false);
});

test("size, time of change and inode tell another file", async (t) => {
  const path = join(temporaryFolder(t), "model");
  const cache = new DigestCache();
  const ask = () => computed(cache, [path]);
  writeOld(path, "abc", 60);
  assert.deepEqual([await ask(), await ask()], [true, false]);
  writeOld(path, "abcd", 60);
  assert.deepEqual([await ask(), await ask()], [true, false]);
  writeOld(path, "abcd", 59);
  assert.deepEqual([await ask(), await ask()], [true, false]);
  const time = new Date(1_700_000_000_000);
  utimesSync(path, time, time);
  assert.deepEqual([await ask(), await ask()], [true, false]);
  writeFileSync(`${path}.new`, "dcba");
  utimesSync(`${path}.new`, time, time);
  renameSync(`${path}.new`, path);
  assert.deepEqual([await ask(), await ask()], [true, false]);
});

test("a file just written, or written meanwhile, is not remembered", async (t) => {
  const path = join(temporaryFolder(t), "model");
  const cache = new DigestCache();
  writeOld(path, "abc", 0);
  assert.deepEqual([await computed(cache, [path]), await computed(cache, [path])], [true, true]);
  writeOld(path, "abc", 60);
  await cache.remember([path], "test", async () => {
    writeOld(path, "abd", 50);
    return { a: "of neither" };
  });
  assert.equal(await computed(cache, [path]), true);
});

test("two processes add to one file; a damaged one counts as empty", async (t) => {
  const folder = temporaryFolder(t);
  const kept = join(folder, "digests.json");
  const paths = ["a", "b"].map((name) => join(folder, name));
  for (const path of paths) writeOld(path, path, 60);
  const [one, other] = [new DigestCache(kept), new DigestCache(kept)];
  assert.equal(await computed(one, [join(folder, "a")]), true);
  assert.equal(await computed(other, [join(folder, "b")]), true);
  assert.equal(await computed(one, [join(folder, "a"), join(folder, "b")]), true);
  const third = new DigestCache(kept);
  for (const path of paths) assert.equal(await computed(third, [path]), false);
  for (const damage of ["", "{", '[["a", 3], 4, ["b", {"c": 5}]]', '{"__proto__": {"a": "b"}}']) {
    writeFileSync(kept, damage);
    assert.equal(await computed(new DigestCache(kept), [join(folder, "a")]), true);
  }
  assert.deepEqual(readdirSync(folder).sort(), ["a", "b", "digests.json"]);
});
