import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StoreEntry } from "../../../../src/compute/store/entryFile.ts";
import { openStore } from "../../../../src/compute/store/gramStore.ts";
import { keyDigest, type StoreKey } from "../../../../src/compute/store/storeKey.ts";
import type { Warning } from "../../../../src/core/report/report.ts";
import { gramsEntry, keyOf, temporaryFolder } from "./stores.ts";

const fileOf = (folder: string, key: StoreKey): string => join(folder, `${keyDigest(key)}.gram`);

test("what was put is there again, to the bit, also for another process's store", async (t) => {
  const folder = join(temporaryFolder(t), "made", "when needed");
  const grams = gramsEntry(3, [16, 16, 7]);
  const outputs: StoreEntry = { kind: "outputs", width: 3, values: Float32Array.of(1, -2, 0.1, Number.NaN, 5, 6) };
  const outputsKey: StoreKey = { ...keyOf("logits"), kind: "outputs" };
  const store = openStore(folder);
  assert.equal(await store.get(keyOf("a")), undefined);
  await store.put(keyOf("a"), grams);
  await store.put(outputsKey, outputs);
  const other = openStore(folder);
  assert.deepEqual(await other.get(keyOf("a")), grams);
  assert.deepEqual(await other.get(outputsKey), outputs);
  assert.equal(await other.get(keyOf("b")), undefined);
});

test("a Gram that is not finite stays so", async (t) => {
  const store = openStore(temporaryFolder(t));
  const [gram] = gramsEntry(Number.NaN, [4]).grams;
  assert.ok(gram);
  await store.put(keyOf("a"), { kind: "grams", grams: [gram] });
  assert.deepEqual(await store.get(keyOf("a")), { kind: "grams", grams: [gram] });
});

test("every part of the key counts", () => {
  const key = keyOf("a");
  const changed = Object.keys(key).map((field) => keyDigest({ ...key, [field]: "another" }));
  assert.equal(new Set([...changed, keyDigest(key)]).size, Object.keys(key).length + 1);
  assert.notEqual(keyDigest({ ...key, graph: "ab", weights: "c" }), keyDigest({ ...key, graph: "a", weights: "bc" }));
});

test("a damaged entry is noticed, said, removed and written anew", async (t) => {
  const folder = temporaryFolder(t);
  const entry = gramsEntry(5, [30, 30]);
  const file = fileOf(folder, keyOf("a"));
  const length = async (): Promise<number> => {
    await openStore(folder).put(keyOf("a"), entry);
    return readFileSync(file).length;
  };
  const flip = (at: number) => (): void => {
    const bytes = readFileSync(file);
    bytes[at]! ^= 0x10;
    writeFileSync(file, bytes);
  };
  const whole = await length();
  const damages = [0, 5, 9, 13, 20, 60, whole - 1].map(flip);
  damages.push(...[0, 10, 16, 100, whole - 4].map((bytes) => () => truncateSync(file, bytes)));
  damages.push(() => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(4)])));
  for (const damage of damages) {
    await length();
    damage();
    const warnings: Warning[] = [];
    const store = openStore(folder, { warn: (warning) => warnings.push(warning) });
    assert.equal(await store.get(keyOf("a")), undefined);
    assert.deepEqual(
      warnings.map(({ code, where }) => [code, where]),
      [["store/damaged-entry", file]],
    );
    assert.deepEqual(readdirSync(folder), []);
  }
});

test("an entry under another's name is not taken for it", async (t) => {
  const folder = temporaryFolder(t);
  const store = openStore(folder);
  await store.put(keyOf("a"), gramsEntry(1, [8]));
  writeFileSync(fileOf(folder, keyOf("b")), readFileSync(fileOf(folder, keyOf("a"))));
  assert.equal(await store.get(keyOf("b")), undefined);
});

test("past the limit, the entries not used for longest go first, and reading is using", async (t) => {
  const folder = temporaryFolder(t);
  const names = Array.from({ length: 10 }, (_, i) => `v${i}`);
  const unlimited = openStore(folder);
  for (const [i, name] of names.entries()) {
    await unlimited.put(keyOf(name), gramsEntry(i, [40]));
    const age = new Date(Date.now() - (100 - i) * 1000);
    utimesSync(fileOf(folder, keyOf(name)), age, age);
  }
  writeFileSync(join(folder, "notes.txt"), "not ours");
  const full = await unlimited.size();
  assert.ok(await unlimited.get(keyOf("v0")));
  const store = openStore(folder, { limit: full * 0.8 });
  await store.put(keyOf("new"), gramsEntry(11, [40]));
  assert.ok((await store.size()) <= full * 0.8);
  const left: string[] = [];
  for (const name of [...names, "new"]) if (await store.get(keyOf(name))) left.push(name);
  assert.deepEqual(left, ["v0", "v5", "v6", "v7", "v8", "v9", "new"]);
  assert.ok(readdirSync(folder).includes("notes.txt"));
});

test("an entry larger than the limit is not kept and drives nothing out", async (t) => {
  const store = openStore(temporaryFolder(t), { limit: 5000 });
  await store.put(keyOf("small"), gramsEntry(1, [8]));
  await store.put(keyOf("large"), gramsEntry(1, [100]));
  assert.equal(await store.get(keyOf("large")), undefined);
  assert.ok(await store.get(keyOf("small")));
});

test("a folder that cannot be written is said once and fails nothing", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "a file");
  writeFileSync(file, "");
  const places = [join(file, "store")];
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500);
    places.push(folder);
  }
  for (const place of places) {
    const warnings: Warning[] = [];
    const store = openStore(place, { warn: (warning) => warnings.push(warning) });
    await store.put(keyOf("a"), gramsEntry(1, [8]));
    await store.put(keyOf("b"), gramsEntry(2, [8]));
    assert.equal(await store.get(keyOf("a")), undefined);
    assert.deepEqual([await store.size(), warnings.map(({ code }) => code)], [0, ["store/not-writable"]]);
    await store.clear();
  }
});

test("clear removes the entries and nothing else", async (t) => {
  const folder = temporaryFolder(t);
  const store = openStore(folder);
  writeFileSync(join(folder, "mine.gram"), "not ours");
  await store.put(keyOf("a"), gramsEntry(1, [8]));
  await store.put(keyOf("b"), gramsEntry(2, [8]));
  assert.ok((await store.size()) > 0);
  await store.clear();
  assert.equal(await store.size(), 0);
  assert.deepEqual(readdirSync(folder), ["mine.gram"]);
});

test("without a folder nothing is kept", async () => {
  const store = openStore(undefined);
  await store.put(keyOf("a"), gramsEntry(1, [8]));
  assert.equal(await store.get(keyOf("a")), undefined);
  assert.equal(await store.size(), 0);
  await store.clear();
});
