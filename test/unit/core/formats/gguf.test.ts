import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { readGguf } from "../../../../src/core/formats/gguf/reader.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import type { Tensor } from "../../../../src/core/graph/tensor.ts";

/** Made by `make_gguf.py`, which also says what every block stands for. */
const file = readFileSync(join(import.meta.dirname, "../../../fixtures/gguf/quantised.gguf"));
const types = ["q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k"];

function read(bytes: Uint8Array): ReturnType<typeof readGguf> {
  return readGguf(bytesSource("model.gguf", bytes));
}

test("every block type is widened to the very float32 values of an independent implementation", () => {
  const { tensors } = read(file).weights;
  const get = (name: string): Tensor => tensors.get(name) ?? assert.fail(name);
  for (const type of types) {
    const weight = get(`${type}.weight`);
    const expected = get(`${type}.expected`);
    assert.deepEqual(weight.shape, expected.shape);
    assert.equal(weight.dtype, "float32");
    assert.deepEqual(toFloat32(weight), toFloat32(expected), type);
    assert.ok(expected.stored && !weight.stored);
  }
});

test("facts, notices and types that are only listed", () => {
  const { weights, provenance, format } = read(file);
  assert.equal(format, "gguf");
  assert.deepEqual(
    [...provenance.facts],
    [
      ["general.architecture", "llama"],
      ["general.alignment", "64"],
      ["llama.rope.freq_base", "10000"],
      ["general.quantized", "true"],
      ["llama.block_count", "2"],
      ["tensor types", `F32 10, ${types.map((type) => `${type.toUpperCase()} 1`).join(", ")}, IQ4_NL 1, type 999 1`],
    ],
  );
  assert.deepEqual(
    provenance.notices.map(({ code }) => code),
    ["gguf/quantised", "gguf/type-not-read"],
  );
  assert.deepEqual(weights.tensors.get("later.weight")?.shape, [2, 4]);
  for (const name of ["iq4_nl.weight", "later.weight"]) {
    assert.throws(() => weights.tensors.get(name)?.bytes(), { code: "gguf/type-not-read" });
  }
});

test("version 2 is read as 3 is; others are refused", () => {
  const versioned = (version: number) => {
    const bytes = Buffer.from(file);
    bytes.writeUInt32LE(version, 4);
    return bytes;
  };
  assert.equal(read(versioned(2)).weights.tensors.size, 22);
  assert.throws(() => read(versioned(1)), { code: "gguf/version" });
  assert.throws(() => read(versioned(0x03000000)), { code: "gguf/big-endian" });
});

test("damaged headers are refused by name", () => {
  const header = (...pairs: Buffer[]) =>
    Buffer.concat([Buffer.from("GGUF"), u32(3), u64(0n), u64(BigInt(pairs.length)), ...pairs]);
  const tensor = (rank: number, sizes: readonly bigint[], type: number, offset: bigint) =>
    Buffer.concat([
      Buffer.from("GGUF"),
      ...[u32(3), u64(1n), u64(0n), text("a"), u32(rank), ...sizes.map(u64), u32(type), u64(offset), Buffer.alloc(96)],
    ]);
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["gguf/truncated", file.subarray(0, 3)],
    ["gguf/truncated", file.subarray(0, 200)],
    ["gguf/truncated", file.subarray(0, file.length - 80)],
    ["gguf/not-gguf", Buffer.from("GGML").subarray(0, 4)],
    ["gguf/limit", Buffer.concat([Buffer.from("GGUF"), u32(3), u64(1n << 60n), u64(0n)])],
    ["gguf/limit", Buffer.concat([Buffer.from("GGUF"), u32(3), u64(0n), u64(1n << 60n)])],
    ["gguf/limit", header(u64(1n << 40n))],
    ["gguf/truncated", header(Buffer.concat([text("a"), u32(8), u64(1000n)]))],
    ["gguf/truncated", header(Buffer.concat([text("a"), u32(9), u32(4), u64(1n << 62n)]))],
    ["gguf/truncated", header(Buffer.concat([text("a"), u32(9), u32(8), u64(1n << 62n)]))],
    ["gguf/limit", header(Buffer.concat([text("a"), u32(9), ...Array.from({ length: 20 }, () => listOfLists)]))],
    ["gguf/malformed", header(Buffer.concat([text("a"), u32(77), u64(0n)]))],
    [
      "gguf/duplicate-key",
      header(Buffer.concat([text("a"), u32(0), u8(1)]), Buffer.concat([text("a"), u32(0), u8(1)])),
    ],
    ["gguf/malformed", header(Buffer.concat([text("general.alignment"), u32(4), u32(0)]))],
    ["gguf/bad-shape", tensor(5, [], 0, 0n)],
    ["gguf/bad-shape", tensor(2, [1n << 40n, 1n << 40n], 0, 0n)],
    ["gguf/bad-shape", tensor(1, [31n], 2, 0n)],
    ["gguf/bad-offset", tensor(1, [1n], 0, 1n)],
    ["gguf/truncated", tensor(1, [1000n], 0, 0n)],
    ["gguf/truncated", tensor(1, [1n], 0, 1n << 62n)],
  ];
  for (const [code, bytes] of cases) assert.throws(() => read(bytes), { code }, code);
});

const listOfLists = Buffer.concat([u32(9), u64(1n)]);

function u8(value: number): Buffer {
  return Buffer.from([value]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(BigInt(value.length)), Buffer.from(value)]);
}
