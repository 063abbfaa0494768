import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { openCifar } from "../../../../src/core/formats/cifar.ts";

test("reads CIFAR-10 records: a label, then planes of red, green and blue", () => {
  const file = openCifar(bytesSource("test_batch.bin", records([[3], [9], [0]])));
  assert.deepEqual([file.classes, file.samples, [...file.labels]], [10, 3, [3, 9, 0]]);
  const images = file.read(1, 2);
  assert.equal(images.length, 2 * 3072);
  assert.deepEqual([images[0], images[3072], images[3071]], [1, 2, 1]);
});

test("reads CIFAR-100 records, with their fine labels", () => {
  const file = openCifar(
    bytesSource(
      "test.bin",
      records([
        [19, 99],
        [0, 12],
      ]),
    ),
  );
  assert.deepEqual([file.classes, [...file.labels]], [100, [99, 12]]);
});

test("refuses files of other sizes and labels that are none", () => {
  for (const bytes of [new Uint8Array(), records([[1]]).subarray(1), records([[10]]), records([[0, 100]])]) {
    assert.throws(() => openCifar(bytesSource("x.bin", bytes)), { code: "cifar/not-cifar" });
  }
});

/** Records whose pixels are all the record's number. */
function records(labels: readonly (readonly number[])[]): Uint8Array {
  return Buffer.concat(labels.map((bytes, i) => Buffer.concat([Buffer.from(bytes), Buffer.alloc(3072, i)])));
}
