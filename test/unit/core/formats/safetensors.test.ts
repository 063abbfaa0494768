import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { bytesSource, type SiblingFiles } from "../../../../src/core/formats/byteSource.ts";
import { localPath } from "../../../../src/core/formats/relativePath.ts";
import { readSafetensors } from "../../../../src/core/formats/safetensors/reader.ts";
import { readSafetensorsIndex } from "../../../../src/core/formats/safetensors/shardedReader.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { entry, safetensorsFile } from "../../../fixtures/safetensors.ts";

function read(header: Readonly<Record<string, unknown>> | string, dataBytes: number) {
  return readSafetensors(bytesSource("model.safetensors", safetensorsFile(header, dataBytes)));
}

test("tensors stay where they are, whatever the order of the header", () => {
  const { format, weights, provenance } = read(
    {
      __metadata__: { format: "pt", log: "x".repeat(1000) },
      "b.weight": { dtype: "U8", shape: [2, 2], data_offsets: [4, 8] },
      "a.weight": { dtype: "I32", shape: [], data_offsets: [0, 4] },
      empty: { dtype: "F32", shape: [0, 3], data_offsets: [8, 8] },
      __proto__x: { dtype: "I8", shape: [1], data_offsets: [8, 9], later: { fields: ["are", "no", "matter"] } },
    },
    9,
  );
  assert.deepEqual([format, weights.inModuleOrder], ["safetensors", false]);
  assert.deepEqual([...weights.tensors.keys()], ["b.weight", "a.weight", "empty", "__proto__x"]);
  const b = weights.tensors.get("b.weight") ?? assert.fail();
  assert.deepEqual([b.dtype, b.shape, [...b.bytes()]], ["uint8", [2, 2], [4, 5, 6, 7]]);
  assert.equal(b.stored?.source.read(b.stored.offset, 1)[0], 4);
  assert.equal(weights.tensors.get("empty")?.bytes().length, 0);
  assert.equal(provenance.facts.get("format"), "pt");
  assert.equal(provenance.facts.get("log")?.length, 201);
});

test("every type of the format is known, narrow ones are widened, and those of six bits are listed", () => {
  const sizes: Record<string, readonly [string, number]> = {
    ...{ BOOL: ["bool", 8], U8: ["uint8", 8], I8: ["int8", 8], I16: ["int16", 16], U16: ["uint16", 16] },
    ...{ F16: ["float16", 16], BF16: ["bfloat16", 16], I32: ["int32", 32], U32: ["uint32", 32], F32: ["float32", 32] },
    ...{ F64: ["float64", 64], I64: ["int64", 64], U64: ["uint64", 64], C64: ["complex64", 64] },
    ...{ F8_E5M2: ["float8e5m2", 8], F8_E4M3: ["float8e4m3fn", 8], F8_E8M0: ["float8e8m0", 8] },
    ...{ F8_E4M3FNUZ: ["float8e4m3fnuz", 8], F8_E5M2FNUZ: ["float8e5m2fnuz", 8], F4: ["float4e2m1", 4] },
  };
  for (const [name, [dtype, bits]] of Object.entries(sizes)) {
    const { tensors } = read({ a: entry(name, 8, 0, bits) }, bits).weights;
    assert.equal(tensors.get("a")?.dtype, dtype);
    assert.equal(tensors.get("a")?.bytes().length, bits);
  }
  // Byte 1 is 0b0001: elements 1 and 0 of four bits are 0.5 and 0.
  const packed = read({ a: entry("F4", 4, 0, 2) }, 2).weights.tensors.get("a") ?? assert.fail();
  assert.deepEqual([...toFloat32(packed)], [0, 0, 0.5, 0]);

  const sixBits = read({ a: entry("F6_E2M3", 4, 0, 3) }, 3);
  assert.deepEqual(
    sixBits.provenance.notices.map(({ code }) => code),
    ["safetensors/dtype"],
  );
  assert.throws(() => sixBits.weights.tensors.get("a")?.bytes(), { code: "safetensors/dtype" });
});

test("files that break a rule are refused by name", () => {
  const a = entry("F32", 1, 0, 4);
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>> | string, number])[] = [
    ["overlap", { a: entry("F32", 2, 0, 8), b: entry("F32", 2, 4, 8) }, 12],
    ["overlap", { a, b: a }, 4],
    ["hole", { a, b: entry("F32", 1, 8, 4) }, 12],
    ["hole", { a: entry("F32", 1, 4, 4) }, 8],
    ["truncated", { a }, 3],
    ["trailing-bytes", { a }, 5],
    ["trailing-bytes", "{}", 1],
    ["size-mismatch", { a: entry("F32", 2, 0, 4) }, 4],
    ["size-mismatch", { a: entry("F4", 3, 0, 1) }, 1],
    ["size-mismatch", { a: { dtype: "F32", shape: [2 ** 52, 2 ** 52, 0, 2 ** 52], data_offsets: [0, 4] } }, 4],
    ["bad-shape", { a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4],
    ["bad-shape", { a: { dtype: "F32", shape: ["1"], data_offsets: [0, 4] } }, 4],
    ["bad-shape", { a: { dtype: "F32", shape: 1, data_offsets: [0, 4] } }, 4],
    ["bad-shape", { a: { dtype: "F32", shape: Array(65).fill(1), data_offsets: [0, 4] } }, 4],
    ["bad-shape", '{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4],
    ["bad-offsets", { a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 4] } }, 4],
    ["bad-offsets", { a: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4],
    ["bad-offsets", { a: { dtype: "F32", shape: [1], data_offsets: [0.5, 4.5] } }, 4],
    ["bad-offsets", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4e0]}}', 4],
    ["dtype", { a: entry("Q4", 1, 0, 4) }, 4],
    ["duplicate-key", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{}}', 1],
    ["bad-metadata", { __metadata__: { a: 1 } }, 0],
    ["bad-metadata", { __metadata__: [] }, 0],
    ["bad-header", { a: { dtype: "F32", shape: [1] } }, 4],
    ["bad-header", { a: [] }, 4],
    ["bad-header", "{} {}", 0],
    ["bad-header", " {}", 0],
    ["bad-header", `{"a":{"x":${"[".repeat(5000)}${"]".repeat(5000)}}}`, 0],
  ];
  for (const [reason, header, dataBytes] of cases) {
    assert.throws(() => read(header, dataBytes), { code: `safetensors/${reason}` }, `${reason}: ${header}`);
  }
  const open = (...bytes: number[]) => readSafetensors(bytesSource("a", Uint8Array.from(bytes)));
  assert.throws(() => open(1, 2, 3), { code: "safetensors/truncated" });
  assert.throws(() => open(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d), { code: "safetensors/truncated" });
  assert.throws(() => open(0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d), { code: "safetensors/header-too-large" });
  assert.throws(() => open(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), { code: "safetensors/bad-header" });
});

test("adapters and data sets are named as what they are", () => {
  const codes = (...names: string[]) =>
    read(Object.fromEntries(names.map((name, i) => [name, entry("U8", 1, i, 1)])), names.length).provenance.notices.map(
      ({ code }) => code,
    );
  assert.deepEqual(codes("base_model.model.h.0.attn.lora_A.weight", "base_model.model.h.0.attn.lora_B.weight"), [
    "safetensors/lora-adapter",
  ]);
  assert.deepEqual(codes("lora_unet_mid_block.lora_down.weight", "lora_unet_mid_block.alpha"), [
    "safetensors/lora-adapter",
  ]);
  assert.deepEqual(codes("x_train", "y_train", "test_images", "labels"), ["safetensors/dataset"]);
  assert.deepEqual(codes("fc.weight", "labels"), []);
  assert.deepEqual(codes("explora_A.weight", "features.0.weight"), []);
});

test("shards are put together in the index's order", () => {
  const shards = {
    "1.safetensors": safetensorsFile({ a: entry("U8", 1, 0, 1), spare: entry("U8", 1, 1, 1) }, 2),
    "2.safetensors": safetensorsFile({ __metadata__: { format: "pt" }, b: entry("U8", 2, 0, 2) }, 2),
  };
  const index = (weightMap: Readonly<Record<string, unknown>>) =>
    readSafetensorsIndex(
      bytesSource("model.safetensors.index.json", Buffer.from(JSON.stringify({ metadata: {}, weight_map: weightMap }))),
      folder(shards),
    );
  const { weights, provenance, format } = index({ b: "2.safetensors", a: "1.safetensors" });
  assert.deepEqual([format, ...weights.tensors.keys()], ["safetensors", "b", "a"]);
  assert.deepEqual(
    [...provenance.facts],
    [
      ["format", "pt"],
      ["shards", "2"],
    ],
  );
  assert.deepEqual(
    provenance.notices.map(({ code }) => code),
    ["shards/unlisted-tensor"],
  );
  assert.throws(() => index({ a: "2.safetensors" }), { code: "shards/missing-tensor" });
  assert.throws(() => index({ a: "3.safetensors" }), { code: "shards/missing" });
  assert.throws(() => index({ a: "../1.safetensors" }), { code: "path/outside-folder" });
  assert.throws(() => index({ a: 1 }), { code: "shards/bad-index" });
  assert.throws(() => index({}), { code: "shards/bad-index" });
  const text = (json: string) => readSafetensorsIndex(bytesSource("i", Buffer.from(json)), folder(shards));
  for (const json of ["{}", "[]", "{", '{"weight_map":{},"weight_map":{}}', '{"weight_map":{"a":"1","a":"2"}}']) {
    assert.throws(() => text(json), { code: "shards/bad-index" }, json);
  }
});

/** Files of one folder, in memory. */
function folder(files: Readonly<Record<string, Uint8Array>>): SiblingFiles {
  return {
    open(path) {
      const bytes = files[localPath(path)];
      if (bytes) return bytesSource(path, bytes);
      throw new Failure("file/missing", "There is no such file.", { file: path });
    },
  };
}
