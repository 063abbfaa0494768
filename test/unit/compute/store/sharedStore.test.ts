import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, utimesSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openStore } from "../../../../src/compute/store/gramStore.ts";
import { gramsEntry, keyOf, tellsSeed, temporaryFolder } from "./stores.ts";

const limit = 200_000;

function writer(folder: string, rounds: number): ChildProcess {
  const script = resolve(import.meta.dirname, "../../../fixtures/storeWriter.ts");
  return spawn(process.execPath, [script, folder, String(limit), String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("two processes share a store that is always too small for both", async (t) => {
  const folder = temporaryFolder(t);
  const ends = [1, 2].map(() => once(writer(folder, 1500), "exit"));
  assert.deepEqual(await Promise.all(ends), [
    [0, null],
    [0, null],
  ]);
  const store = openStore(folder, { limit });
  assert.ok((await store.size()) <= limit * (1 + 2 / 16));
  assert.ok(readdirSync(folder).every((name) => /^[0-9a-f]{64}\.gram$/.test(name)));
});

test("a process killed while it writes leaves nothing that could be read as an entry", async (t) => {
  const folder = temporaryFolder(t);
  for (let kill = 0; kill < 12; kill++) {
    const child = writer(folder, 1e9);
    await once(child.stdout ?? child, "data");
    await setTimeout(5 + 7 * kill);
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const warnings: string[] = [];
  const store = openStore(folder, { limit, warn: ({ code }) => warnings.push(code) });
  let found = 0;
  for (let seed = 0; seed < 40; seed++) {
    const entry = await store.get(keyOf(`v${seed}`));
    if (entry === undefined) continue;
    assert.ok(tellsSeed(entry, seed));
    found++;
  }
  assert.ok(found > 0);
  assert.deepEqual(warnings, []);

  // What they left half written goes once it is old.
  const old = new Date(Date.now() - 3_600_000);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), old, old);
  await store.put(keyOf("new"), gramsEntry(1, [8]));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".unfinished")),
    [],
  );
});
