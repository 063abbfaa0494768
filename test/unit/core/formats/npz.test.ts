import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { writeNpy } from "../../../../src/core/formats/npy.ts";
import { openNpz } from "../../../../src/core/formats/npz.ts";
import { readRows } from "../../../../src/core/formats/storedArray.ts";

/** Written by NumPy: `savez_compressed(f, x=arange(8, dtype="<f4").reshape(4, 2), y=array([3, 1, 2, 0]))`. */
const written =
  "UEsDBBQAAAAIAAAAIQBFrKRkWgAAAKAAAAAFABQAeC5ucHkBABAAoAAAAAAAAABaAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6CkaaOgq1CmQDLgYwaLAHEg5ABMQNQLwAiA8A8QMHAFBLAwQUAAAACAAAACEAn8xKlk4AAACgAAAABQAUAHkubnB5AQAQAKAAAAAAAAAATgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RomOpo6CrUKFAAuZgYIYITSTAyoAABQSwECFAMUAAAACAAAACEARaykZFoAAACgAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECFAMUAAAACAAAACEAn8xKlk4AAACgAAAABQAAAAAAAAAAAAAAgAGRAAAAeS5ucHlQSwUGAAAAAAIAAgBmAAAAFgEAAAAA";

test("reads NumPy's compressed arrays, inputs and labels by their names", () => {
  const { inputs, labels } = openNpz(bytesSource("x.npz", Buffer.from(written, "base64")));
  assert.deepEqual(
    [inputs.shape, [...readRows(inputs, 1, 2, "float32")]],
    [
      [4, 2],
      [2, 3, 4, 5],
    ],
  );
  assert.ok(labels);
  assert.deepEqual([...readRows(labels, 0, 4, "float64")], [3, 1, 2, 0]);
});

test("prefers the test set and its labels", () => {
  const { inputs, labels } = openNpz(made(["x_train", "y_train", "x_test", "y_test"]));
  assert.equal(inputs.source.name, "x.npz/x_test.npy");
  assert.equal(labels?.source.name, "x.npz/y_test.npy");
});

test("takes a single array whatever its name, and has no labels then", () => {
  const { inputs, labels } = openNpz(made(["anything"]));
  assert.equal(inputs.source.name, "x.npz/anything.npy");
  assert.equal(labels, undefined);
});

test("says which arrays there are when none is named as inputs", () => {
  assert.throws(() => openNpz(made(["foo", "bar"])), { code: "npz/no-inputs", message: /foo, bar/ });
  assert.throws(() => openNpz(made([])), { code: "npz/no-inputs", message: /none/ });
});

function made(names: readonly string[]) {
  const array = writeNpy("float32", [1], new Uint8Array(4));
  return bytesSource("x.npz", zipSync(Object.fromEntries(names.map((name) => [`${name}.npy`, array]))));
}
