import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { encode } from "fast-png";
import { decodeJpeg } from "../../../../src/compute/probe/jpeg.ts";
import { decodePng } from "../../../../src/compute/probe/png.ts";
import { cmykJpeg, height, jpegs, pngs, width } from "./pillow.ts";

for (const [name, { base64, channels, sha256 }] of Object.entries(pngs)) {
  test(`decodes the bytes that Pillow decodes: PNG, ${name}`, () => {
    const image = decodePng(Buffer.from(base64, "base64"), width * height, channels);
    assert.deepEqual([image.width, image.height, image.channels], [width, height, channels]);
    assert.equal(createHash("sha256").update(image.data).digest("hex"), sha256);
  });
}

for (const [name, { base64, channels, sha256 }] of Object.entries(jpegs)) {
  test(`decodes the bytes that Pillow decodes: JPEG, ${name}`, () => {
    const image = decodeJpeg(Buffer.from(base64, "base64"), channels);
    assert.deepEqual([image.width, image.height, image.channels], [width, height, channels]);
    assert.equal(createHash("sha256").update(image.data).digest("hex"), sha256);
  });
}

test("keeps the upper 8 of 16 bits", () => {
  const data = Uint16Array.of(0, 0x00ff, 0x0100, 0xffff);
  const png = encode({ width: 2, height: 2, channels: 1, depth: 16, data });
  assert.deepEqual([...decodePng(png, 4, 1).data], [0, 0, 1, 255]);
});

test("a PNG that is cut off or changed is refused wherever that is", () => {
  const png = Buffer.from(pngs.rgb!.base64, "base64");
  for (let size = 0; size < png.length; size++)
    assert.throws(() => decodePng(png.subarray(0, size), 117, 3), `${size}`);
  for (let at = 8; at < png.length; at++) {
    const changed = Buffer.from(png);
    changed[at]! ^= 0x10;
    // Only a change in the name of an ancillary chunk, or none that matters, may pass; this file has no such chunk.
    assert.throws(() => decodePng(changed, 117, 3), `${at}`);
  }
});

test("a PNG whose data unpack to far more than its pixels is refused before they do", () => {
  const bomb = encode({ width: 9_000, height: 8_000, channels: 1, depth: 8, data: new Uint8Array(72_000_000) });
  const view = new DataView(bytesOf(bomb));
  view.setUint32(16, 1);
  view.setUint32(20, 1);
  assert.throws(() => decodePng(bomb, 1, 1), { message: /more than its size declares/ });
});

test("chunks beside the pixels are not even looked at", () => {
  const png = Buffer.from(pngs.grey!.base64, "base64");
  const profile = Buffer.from([0, 0, 0, 4, 0x69, 0x43, 0x43, 0x50, 1, 2, 3, 4, 0, 0, 0, 0]);
  const withProfile = Buffer.concat([png.subarray(0, 33), profile, png.subarray(33)]);
  assert.deepEqual(decodePng(withProfile, 117, 1), decodePng(png, 117, 1));
});

test("a JPEG that is cut off or damaged is refused by name, hundreds of times, and the next one decodes", () => {
  const { base64, sha256 } = jpegs["4:2:0"]!;
  const jpeg = Buffer.from(base64, "base64");
  assert.throws(() => decodeJpeg(jpeg.subarray(0, -20), 3), { message: /Premature end/ });
  const tables = Buffer.from(jpeg).fill(0xaa, 25, 300);
  for (let i = 0; i < 400; i++) {
    assert.throws(() => decodeJpeg(i % 2 === 0 ? tables : Buffer.alloc(64), 3), {
      message: /Invalid JPEG file structure|Not a JPEG/,
    });
  }
  assert.throws(() => decodeJpeg(Buffer.from(cmykJpeg, "base64"), 3));
  const { data } = decodeJpeg(jpeg, 3);
  assert.equal(createHash("sha256").update(data).digest("hex"), sha256);
});

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  assert.equal(bytes.byteOffset, 0);
  return bytes.buffer as ArrayBuffer;
}
