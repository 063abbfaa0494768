import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { inflate, inflatedSize } from "../../../../src/core/formats/inflate.ts";

const data = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const compressed = { deflate: deflateRawSync(data), zlib: deflateSync(data), gzip: gzipSync(data) } as const;

for (const [name, bytes] of Object.entries(compressed)) {
  const compression = name as keyof typeof compressed;

  test(`unpacks what zlib packed as ${name}, up to the limit`, () => {
    assert.deepEqual(inflate(compression, bytes, data.length), data);
    assert.equal(inflatedSize(compression, bytes, data.length), data.length);
    assert.equal(inflate(compression, bytes, data.length - 1), "too-large");
  });

  test(`notices ${name} that is cut off or is something else`, () => {
    assert.equal(inflate(compression, bytes.subarray(0, bytes.length >> 1), data.length), "damaged");
    assert.equal(inflate(compression, new Uint8Array(100).fill(0xff), data.length), "damaged");
  });
}

test("a bomb is left after 64 KiB of it", () => {
  const bomb = deflateRawSync(new Uint8Array(2 ** 28), { level: 9 });
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(inflate("deflate", bomb, 1000), "too-large");
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 28);
});
