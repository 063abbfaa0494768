import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "fflate";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { idxLabelNames, looksLikeIdx, openIdx } from "../../../../src/core/formats/idx.ts";
import { readRows } from "../../../../src/core/formats/storedArray.ts";

const images = idx(0x08, [2, 1, 3], [0, 1, 2, 253, 254, 255]);

test("reads bytes, plain and gzipped", () => {
  for (const bytes of [images, gzipSync(images)]) {
    const file = source(bytes);
    assert.ok(looksLikeIdx(file));
    const array = openIdx(file);
    assert.deepEqual([array.dtype, array.shape], ["uint8", [2, 1, 3]]);
    assert.deepEqual([...readRows(array, 1, 1, "float32")], [253, 254, 255]);
  }
});

test("reads wider types, which are big-endian", () => {
  const array = openIdx(source(idx(0x0c, [2], [0, 0, 1, 2, 255, 255, 255, 255])));
  assert.deepEqual([...readRows(array, 0, 2, "float64")], [258, -1]);
});

test("refuses what is cut off, is something else, or declares too much", () => {
  assert.throws(() => openIdx(source(images.subarray(0, -1))), { code: "idx/truncated" });
  assert.throws(() => openIdx(source(images.subarray(0, 9))), { code: "idx/truncated" });
  assert.throws(() => openIdx(source(idx(0x08, [0xffffffff, 0xffffffff, 0xffffffff], []))), { code: "idx/truncated" });
  assert.throws(() => openIdx(source(idx(0x08, new Array(33).fill(1), [1]))), { code: "idx/bad-shape" });
  assert.throws(() => openIdx(source(idx(0x07, [1], [1]))), { code: "idx/not-idx" });
  assert.throws(() => openIdx(source(new Uint8Array())), { code: "idx/not-idx" });
  assert.throws(() => openIdx(source(gzipSync(images).subarray(0, 20))), { code: "gzip/damaged" });
});

test("knows the usual names of label files", () => {
  assert.deepEqual(idxLabelNames("t10k-images-idx3-ubyte.gz"), ["t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz"]);
  assert.deepEqual(idxLabelNames("train-images.idx3-ubyte"), ["train-labels.idx1-ubyte", "train-labels.idx1-ubyte.gz"]);
  assert.deepEqual(idxLabelNames("digits.gz"), []);
});

function idx(type: number, shape: readonly number[], data: readonly number[]): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, type, shape.length]);
  for (const [axis, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([head, Buffer.from(data)]);
}

function source(bytes: Uint8Array) {
  return bytesSource("t10k-images-idx3-ubyte", bytes);
}
