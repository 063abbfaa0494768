import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { type Hdf5Object, openHdf5 } from "../../../../src/core/formats/hdf5/file.ts";
import { toFloat64 } from "../../../../src/core/graph/numbers.ts";
import { elementCount } from "../../../../src/core/graph/tensor.ts";

const home = join(import.meta.dirname, "../../../fixtures/hdf5");

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(home, name)));
}

function open(name: string): Hdf5Object {
  return openHdf5(bytesSource(name, bytesOf(name)));
}

/** The numbers that the script wrote: 0, 1, 2, …. */
function counted(shape: readonly number[]): number[] {
  return Array.from({ length: elementCount(shape) }, (_, i) => i);
}

for (const age of ["old", "new"]) {
  test(`data sets of every kind of storage are read (${age} form)`, () => {
    const root = open(`storage-${age}.h5`);
    for (const name of root.names().filter((each) => each !== "bool" && each !== "unwritten")) {
      const tensor = root.get(name)!.tensor()!;
      assert.deepEqual([...toFloat64(tensor)], counted(tensor.shape), name);
    }
    assert.deepEqual(root.get("deflated")?.tensor()?.shape, age === "old" ? [5, 7, 3] : undefined);
    assert.deepEqual([...root.get("bool")!.tensor()!.bytes()], [0, 1, 0, 1, 0]);
    assert.equal(root.get("bool")!.tensor()!.dtype, "bool");
    // What was never written has the fill value.
    assert.deepEqual([...toFloat64(root.get("unwritten")!.tensor()!)], new Array(6).fill(1.5));
    assert.equal(root.get("int64")!.tensor()!.dtype, "int64");
    assert.equal(root.get("nothing/at/all"), undefined);
  });

  test(`members of groups are found, few or many, in order or not (${age} form)`, () => {
    const root = open(`groups-${age}.h5`);
    for (const [name, count] of Object.entries({ plain: 3, ordered: 3, dense: 90 })) {
      const group = root.get(name)!;
      assert.equal(group.isDataset, false);
      assert.equal(new Set(group.names()).size, count);
      for (let i = 0; i < count; i++) assert.deepEqual(group.get(`v${i}`)?.tensor()?.shape, [i + 1]);
    }
    assert.deepEqual(root.get("dense/v7")?.path, "dense/v7");
    assert.deepEqual(root.texts("fixed"), ["one", "three"]);
    assert.deepEqual(root.texts("varying"), ["a text", "and a longer one", ""]);
    assert.equal(root.texts("nothing"), undefined);
    if (age === "new") assert.deepEqual(root.get("noted")?.texts("note39"), ["value 39"]);
  });
}

test("elements that lie in one piece can be mapped from the file", () => {
  const root = open("storage-old.h5");
  const { stored } = root.get("contiguous")!.tensor()!;
  const view = new DataView(bytesOf("storage-old.h5").buffer);
  assert.deepEqual(
    counted([12]).map((i) => view.getFloat32(stored!.offset + 4 * i, true)),
    counted([12]),
  );
  for (const name of ["bigEndian", "deflated", "compact"]) assert.equal(root.get(name)!.tensor()!.stored, undefined);
});

/** Reads a file and all that it holds; the code of the refusal, or `ok`. Anything else is a defect. */
function verdict(file: Uint8Array): string {
  try {
    const waiting = [{ object: openHdf5(bytesSource("changed", file)), depth: 0 }];
    const seen = new Set<number>();
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { object, depth } = next;
      object.texts("fixed");
      if (object.isDataset) object.tensor()?.bytes();
      for (const name of object.names()) {
        const child = object.get(name)!;
        if (seen.has(child.address) || depth > 8) continue;
        seen.add(child.address);
        waiting.push({ object: child, depth: depth + 1 });
      }
    }
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

test("a file cut off anywhere is refused", () => {
  const bytes = bytesOf("storage-old.h5");
  assert.equal(verdict(bytes), "ok");
  for (let length = 0; length < bytes.length; length += 97) {
    assert.match(verdict(bytes.subarray(0, length)), /^h5\/(?:not-hdf5|truncated|damaged)$/);
  }
});

test("a file with bytes changed is read or refused, soon", (t) => {
  const verdicts = new Map<string, number>();
  let slowest = 0;
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const name of ["storage-old.h5", "storage-new.h5", "groups-old.h5", "groups-new.h5"]) {
    const bytes = bytesOf(name);
    // Most bytes are elements and free space: those of structure are hit more often near anything that is not zero.
    const places = [...bytes.keys()].filter((at) => bytes[at] !== 0);
    for (let i = 0; i < 250; i++) {
      const file = bytes.slice();
      for (let k = 0; k <= next(3); k++) {
        const at = (places[next(places.length)] ?? 0) + next(3);
        file[at] = [0, 1, 0xff, 0x80, next(256)][next(5)] ?? 0;
      }
      const start = performance.now();
      const code = verdict(file);
      slowest = Math.max(slowest, performance.now() - start);
      verdicts.set(code, (verdicts.get(code) ?? 0) + 1);
    }
  }
  t.diagnostic(`${[...verdicts].map((entry) => entry.join(" ")).join(", ")}; the slowest ${slowest.toFixed(0)} ms`);
  assert.ok(slowest < 2000);
});

test("what is no HDF5 file is refused", () => {
  assert.equal(verdict(new Uint8Array()), "h5/not-hdf5");
  assert.equal(verdict(new Uint8Array(4096)), "h5/not-hdf5");
});
