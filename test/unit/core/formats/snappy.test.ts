import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c, maskedCrc32c } from "../../../../src/core/formats/crc32c.ts";
import { unsnappy } from "../../../../src/core/formats/snappy.ts";

function text(bytes: ReturnType<typeof unsnappy>): string {
  return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString();
}

test("the sums are those of RFC 3720, appendix B.4", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  // Rotated right by 15 bits, plus a constant.
  assert.equal(maskedCrc32c(Buffer.from("123456789")), (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
});

test("literals and copies of every kind are unpacked", () => {
  // The first lines of the worked example in Wikipedia's article on Snappy.
  const begin = Buffer.from("Wikipedia is a free, web-based, collaborative, multilingual encyclo");
  const example = Buffer.concat([
    Buffer.from([81, 0xf0, 0x42]),
    begin,
    Buffer.from([0x09, 0x3f, 0x1c]),
    Buffer.from("project."),
  ]);
  assert.equal(text(unsnappy(example, 1000)), `${begin}pedia project.`);
  // A copy that reaches into itself, with offsets of 11, 16 and 32 bits.
  assert.equal(text(unsnappy(Uint8Array.of(6, 0, 0x61, 0b00000101, 1), 100)), "aaaaaa");
  assert.equal(text(unsnappy(Uint8Array.of(6, 0, 0x61, (4 << 2) | 2, 1, 0), 100)), "aaaaaa");
  assert.equal(text(unsnappy(Uint8Array.of(6, 0, 0x61, (4 << 2) | 3, 1, 0, 0, 0), 100)), "aaaaaa");
  const long = Buffer.alloc(70_000, "x");
  const literal = Buffer.concat([Buffer.from([0xf0, 0xa2, 0x04, 62 << 2, 0x6f, 0x11, 0x01]), long]);
  assert.equal(text(unsnappy(literal, 70_000)), long.toString());
  assert.equal(text(unsnappy(Uint8Array.of(0), 0)), "");
});

test("what does not unpack is told from what is too large", () => {
  assert.equal(unsnappy(Uint8Array.of(5, 0, 0x61, 0b00000101, 1), 4), "too-large");
  assert.equal(unsnappy(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), 1 << 24), "too-large");
  const damaged: readonly (readonly number[])[] = [
    [],
    [0x80],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [5, 0, 0x61],
    [5, 4 << 2, 0x61],
    [5, 62 << 2, 0x61],
    [5, 0, 0x61, 0b00000001, 2],
    [5, 0, 0x61, 0b00000001, 0],
    [5, 0, 0x61, 0b00000001],
    [3, 0, 0x61, 0b00000001, 1],
  ];
  for (const bytes of damaged) assert.equal(unsnappy(Uint8Array.from(bytes), 1000), "damaged", `${bytes}`);
});
