import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Inversion } from "../../../../src/compute/inversion/inverting.ts";
import { restoreInversions, saveInversions } from "../../../../src/compute/inversion/storedInversions.ts";
import { openStore } from "../../../../src/compute/store/gramStore.ts";
import type { StoreKey } from "../../../../src/compute/store/storeKey.ts";

const key: StoreKey = {
  kind: "inversion",
  graph: "",
  weights: "",
  value: "",
  probe: "",
  preprocessing: "",
  estimator: "full",
  partition: "",
  provider: "cpu",
  precision: "float32",
  engine: "",
};

/** Bytes that are a signalling NaN as a number: they must come back as they were. */
const signalling = Uint8Array.of(1, 0, 160, 127, 255);

const inversions: readonly Inversion[] = [
  {
    pixels: Float32Array.of(0, 0.25, 0.5, 0.75, 1),
    residual: Math.fround(0.1),
    history: Float32Array.of(1, 0.1),
    stuck: false,
    frames: [
      { step: 1, pixels: signalling },
      { step: 2, pixels: Uint8Array.of(1, 2, 3, 4, 5) },
    ],
  },
  { pixels: new Float32Array(5), residual: 2, history: Float32Array.of(2), stuck: true, frames: [] },
];

test("inversions come back from the store as they were, with their frames", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = openStore(folder);
  assert.equal(await restoreInversions(store, key, 2, 5), undefined);
  await saveInversions(store, key, inversions);
  assert.deepEqual(await restoreInversions(store, key, 2, 5), inversions);
  assert.equal(await restoreInversions(store, key, 3, 5), undefined);
  assert.equal(await restoreInversions(store, key, 2, 4), undefined);
});
