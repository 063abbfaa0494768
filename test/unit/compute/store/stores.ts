import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { GramsEntry, StoreEntry } from "../../../../src/compute/store/entryFile.ts";
import type { StoreKey } from "../../../../src/compute/store/storeKey.ts";
import { type Gram, packedGram, packedLength } from "../../../../src/core/measures/gram.ts";

/** An empty folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "likeness-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A key that differs from others in the value's name alone. */
export function keyOf(value: string): StoreKey {
  return {
    kind: "grams",
    graph: "g",
    weights: "w",
    value,
    probe: "p",
    preprocessing: "none",
    estimator: "minibatch",
    partition: "512/128",
    provider: "cpu",
    precision: "float32",
    engine: "onnxruntime 1.0.0",
  };
}

/** Grams of `sizes` samples whose numbers tell the seed. */
export function gramsEntry(seed: number, sizes: readonly number[]): GramsEntry {
  const gram = (size: number): Gram => {
    const packed = new Float32Array(packedLength(size)).map((_, at) => seed + at / 7);
    return packedGram(packed, size, seed);
  };
  return { kind: "grams", grams: sizes.map(gram) };
}

/** Whether an entry is that of `seed`, whole. */
export function tellsSeed(entry: StoreEntry, seed: number): boolean {
  return (
    entry.kind === "grams" &&
    entry.grams.every(
      ({ size, packed }) =>
        packed.length === packedLength(size) && packed.every((number, at) => number === Math.fround(seed + at / 7)),
    )
  );
}
