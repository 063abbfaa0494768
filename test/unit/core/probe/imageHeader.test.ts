import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { readImageHeader } from "../../../../src/core/probe/imageHeader.ts";

test("reads PNG headers", () => {
  assert.deepEqual(header(png(640, 480, 8, 2)), { format: "png", width: 640, height: 480, channels: 3 });
  for (const [colour, channels] of [
    [0, 1],
    [3, 3],
    [4, 1],
    [6, 3],
  ] as const) {
    assert.equal(header(png(1, 1, 8, colour)).channels, channels);
  }
});

test("reads JPEG headers behind other segments and fill bytes", () => {
  const app = [0xff, 0xe1, 0x00, 0x06, 1, 2, 3, 4];
  assert.deepEqual(header(jpeg([...app, 0xff], 0xc2, 3)), { format: "jpeg", width: 640, height: 480, channels: 3 });
  assert.equal(header(jpeg([], 0xc0, 1)).channels, 1);
});

test("refuses what is too large, cut off, or of an unread kind", () => {
  assert.throws(() => header(png(1e5, 1e5, 8, 2)), { code: "image/too-large", message: /100000 × 100000/ });
  assert.throws(() => header(png(0, 5, 8, 2)), { code: "image/damaged" });
  assert.throws(() => header(png(5, 5, 8, 2).subarray(0, 20)), { code: "image/damaged" });
  assert.throws(() => header(png(5, 5, 4, 0, 1)), { code: "image/unsupported" });
  assert.throws(() => header(jpeg([], 0xc0, 4)), { code: "image/unsupported", message: /CMYK/ });
  assert.throws(() => header(jpeg([], 0xc0, 3).subarray(0, 8)), { code: "image/damaged" });
  assert.throws(() => header(jpeg([0xff, 0xe0, 0, 2, 0, 0], 0xc0, 3)), { code: "image/damaged" });
  assert.throws(() => header(Buffer.from("GIF89a and more")), { code: "image/unknown-format" });
  assert.throws(() => header(Buffer.alloc(0)), { code: "image/unknown-format" });
});

test("does not walk endless segments", () => {
  const empty = Buffer.alloc(40_000);
  for (let at = 2; at + 4 <= empty.length; at += 4) empty.set([0xff, 0xe0, 0x00, 0x02], at);
  empty.set([0xff, 0xd8]);
  assert.throws(() => header(empty), { code: "image/damaged" });
});

function header(bytes: Uint8Array) {
  return readImageHeader(bytesSource("x", bytes));
}

function png(width: number, height: number, depth: number, colour: number, interlace = 0): Buffer {
  const bytes = Buffer.alloc(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.set([depth, colour, 0, 0, interlace], 24);
  return bytes;
}

/** Start of image, the given segments, and a frame header of 640 × 480. */
function jpeg(segments: readonly number[], frame: number, components: number): Buffer {
  const sizes = [480 >> 8, 480 & 0xff, 640 >> 8, 640 & 0xff];
  return Buffer.from([0xff, 0xd8, ...segments, 0xff, frame, 0, 17, 8, ...sizes, components, 0, 0, 0]);
}
