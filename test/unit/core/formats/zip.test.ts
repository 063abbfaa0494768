import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { openZip } from "../../../../src/core/formats/zip.ts";

const stored = Uint8Array.of(1, 2, 3, 4, 5);
const repeated = new Uint8Array(10_000).fill(7);

test("reads stored members in place and deflated ones unpacked", () => {
  const archive = openZip(source(pack({ "a/stored": stored }, 0)));
  const member = archive.open("a/stored");
  assert.deepEqual([member.size, [...member.read(1, 3)]], [5, [2, 3, 4]]);
  assert.throws(() => member.read(3, 3), { code: "file/short-read" });

  const packed = openZip(source(pack({ "folder/": new Uint8Array(), deep: repeated }, 9)));
  assert.deepEqual([...packed.entries.keys()], ["deep"]);
  assert.deepEqual([...packed.open("deep").read(0, repeated.length)], [...repeated]);
  assert.throws(() => packed.open("none"), { code: "zip/missing-entry" });
});

test("reads an empty archive and one with a comment", () => {
  assert.equal(openZip(source(pack({}, 0))).entries.size, 0);
  const commented = Buffer.concat([pack({ a: stored }, 0), Buffer.from("PK!")]);
  commented.writeUInt16LE(3, commented.length - 3 - 2);
  assert.equal(openZip(source(commented)).entries.size, 1);
});

test("reads 64-bit sizes", () => {
  const archive = openZip(source(zip64("a", stored)));
  assert.deepEqual([...archive.open("a").read(0, 5)], [...stored]);
});

test("a file that is cut off is told from one that never was a zip's end", () => {
  const bytes = pack({ a: repeated }, 0);
  assert.throws(() => openZip(source(bytes.subarray(0, -30))), { code: "zip/no-end-record" });
  assert.throws(() => openZip(source(new Uint8Array())), { code: "zip/no-end-record" });
});

test("a directory that cannot be is refused", () => {
  const end = (bytes: Buffer): number => bytes.length - 22;
  damage("zip/bad-directory", (bytes) => bytes.writeUInt32LE(bytes.length, end(bytes) + 16));
  damage("zip/bad-directory", (bytes) => bytes.writeUInt16LE(2, end(bytes) + 10));
  damage("zip/bad-directory", (bytes) => bytes.writeUInt32LE(0, directory(bytes)));
  damage("zip/bad-directory", (bytes) => bytes.writeUInt16LE(60_000, directory(bytes) + 28));
  // A stored member with two sizes, and one whose 64-bit size is nowhere.
  damage("zip/bad-directory", (bytes) => bytes.writeUInt32LE(4, directory(bytes) + 24));
  damage("zip/bad-directory", (bytes) => bytes.writeUInt32LE(0xffffffff, directory(bytes) + 24));
});

test("every other refusal has its name", () => {
  damage("zip/truncated-entry", (bytes) => bytes.writeUInt32LE(1_000_000, directory(bytes) + 42));
  damage("zip/encrypted", (bytes) => bytes.writeUInt16LE(1, directory(bytes) + 8));
  damage("zip/method", (bytes) => bytes.writeUInt16LE(12, directory(bytes) + 10));
  for (const name of ["../a", "/a", "C:/a", "a\\b", "a/../b"]) {
    assert.throws(() => openZip(source(pack({ [name]: stored }, 0))), { code: "zip/path-traversal" }, name);
  }
  const twice = pack({ aa: stored, ab: stored }, 0);
  twice[twice.lastIndexOf("ab")] = 0x61;
  twice[twice.lastIndexOf("ab") + 1] = 0x61;
  assert.throws(() => openZip(source(twice)), { code: "zip/duplicate-entry", message: /"aa"/ });
});

test("bombs are refused by what they declare and by what they do", () => {
  const bytes = pack({ a: repeated }, 9);
  bytes.writeUInt32LE(2 ** 31, directory(bytes) + 24);
  assert.throws(() => openZip(source(bytes)), { code: "zip/bomb" });
  const lying = pack({ a: repeated }, 9);
  lying.writeUInt32LE(100, directory(lying) + 24);
  assert.throws(() => openZip(source(lying)).open("a"), { code: "zip/bomb" });
  // Thirty members of 60 MiB: none is suspicious by itself.
  const many = pack(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`m${i}`, repeated])), 9);
  for (let at = directory(many); at !== -1; at = many.indexOf("PK\x01\x02", at + 1))
    many.writeUInt32LE(60 * 2 ** 20, at + 24);
  assert.throws(() => openZip(source(many)), { code: "zip/bomb", message: /would unpack/ });
});

test("200 000 members are the limit", () => {
  const bytes = zip64("a", stored);
  const record = bytes.indexOf("PK\x06\x06");
  bytes.writeBigUInt64LE(200_001n, record + 32);
  assert.throws(() => openZip(source(bytes)), { code: "zip/too-many-entries" });
  bytes.writeBigUInt64LE(2n ** 60n, record + 32);
  assert.throws(() => openZip(source(bytes)), { code: "zip/bad-directory" });
});

test("damage in a member shows when it is opened", () => {
  const bytes = pack({ a: Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251) }, 9);
  bytes.fill(0xff, 40, 60);
  assert.throws(() => openZip(source(bytes)).open("a"), { code: "zip/truncated-entry" });
  const elsewhere = pack({ a: stored }, 0);
  elsewhere.writeUInt32LE(3, directory(elsewhere) + 42);
  assert.throws(() => openZip(source(elsewhere)).open("a"), { code: "zip/bad-directory" });
});

function source(bytes: Uint8Array) {
  return bytesSource("x.zip", bytes);
}

function pack(members: Readonly<Record<string, Uint8Array>>, level: 0 | 9): Buffer {
  return Buffer.from(zipSync(members, { level }));
}

/** Where the central directory begins. */
function directory(bytes: Buffer): number {
  return bytes.indexOf("PK\x01\x02");
}

function damage(code: string, change: (bytes: Buffer) => void): void {
  const bytes = pack({ a: stored }, 0);
  change(bytes);
  assert.throws(() => openZip(source(bytes)), { code });
}

/** An archive of one stored member whose sizes and place stand in 64-bit fields. */
function zip64(name: string, data: Uint8Array): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  for (const field of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, field);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt16LE(28, 30);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(data.length), 4);
  extra.writeBigUInt64LE(BigInt(data.length), 12);
  const offset = local.length + name.length + data.length;
  const size = entry.length + name.length + extra.length;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(1n, 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(0, 20);
  return Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), extra, record, locator, end]);
}
