import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { readFlax } from "../../../../src/core/formats/flax/reader.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";

/** Made by `make_flax.py`. */
const file = readFileSync(join(import.meta.dirname, "../../../fixtures/flax/state.msgpack"));

function read(bytes: Uint8Array): ReturnType<typeof readFlax> {
  return readFlax(bytesSource("flax_model.msgpack", bytes));
}

/** Types, shapes and numbers by name. */
function contents({ tensors }: ReturnType<typeof readFlax>["weights"]): unknown {
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, [tensor.dtype, [...tensor.shape], [...toFloat32(tensor)]]]),
  );
}

test("reads a training state: nested names, arrays in pieces, and what is beside the weights", () => {
  const { weights, provenance } = read(file);
  const kernel = Array.from({ length: 12 }, (_, i) => i / 8);
  assert.deepEqual(contents(weights), {
    "Dense_0.kernel": ["float32", [3, 4], kernel],
    "Dense_0.bias": ["float16", [4], [0, 1, 2, 3]],
    "Dense_1.kernel": ["float32", [4, 5], Array.from({ length: 20 }, (_, i) => i)],
    "Dense_1.bias": ["bfloat16", [3], [1, -2, 0.5]],
    scale: ["float32", [], [0.25]],
    nibbles: ["int8", [2], [-8, 7]],
  });
  assert.ok(weights.tensors.get("Dense_0.kernel")?.stored);
  assert.deepEqual([provenance.prefix, [...provenance.facts]], ["params.", [["step", "1234"]]]);
  assert.deepEqual(
    provenance.notices.map(({ code }) => code),
    ["flax/training-state"],
  );
  const average = provenance.alternatives.get("ema_params") ?? assert.fail();
  assert.deepEqual(contents(average), { "Dense_0.kernel": ["float32", [3, 4], kernel.map((value) => value * 2)] });
});

test("every length of every kind of value is read", () => {
  const text = (prefix: readonly number[], length: number) => [...prefix, ...Array<number>(length).fill(0x61)];
  const array = [0xc7, 11, 1, 0x93, 0x90, 0xa5, ...Buffer.from("uint8"), 0xc4, 1, 7];
  const bytes = Uint8Array.from([
    ...[0xde, 0, 8],
    ...[...text([0xd9, 40], 40), 0xcd, 1, 2],
    ...[...text([0xda, 0, 41], 41), 0xd0, 0xff],
    ...[...text([0xdb, 0, 0, 0, 42], 42), 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
    ...[0x05, 0xdc, 0, 2, 0xc2, ...array],
    ...[0xa1, 0x62, 0x81, 0xa1, 0x63, 0x82, 0xa1, 0x64, ...array, 0xa1, 0x65, 0xc4, 0],
    ...[0xa1, 0x66, 0xd6, 9, 1, 2, 3, 4],
    ...[0xa1, 0x67, 0xe0],
    ...[0xa1, 0x68, 0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
  ]);
  const { weights, provenance } = read(bytes);
  assert.deepEqual(contents(weights), { "5.1": ["uint8", [], [7]], "b.c.d": ["uint8", [], [7]] });
  assert.deepEqual([...provenance.facts.values()], ["258", "-1", "1.5", "-32", "-2"]);
});

test("damaged files are refused by name", () => {
  const named = (...value: number[]) => Uint8Array.from([0x81, 0xa1, 0x61, ...value]);
  const deep = Uint8Array.from([...Array<number[]>(300).fill([0x81, 0xa1, 0x61]).flat(), 0xc0]);
  const array = (shape: readonly number[], type: string, data: readonly number[]) => {
    const payload = [0x93, 0x90 + shape.length, ...shape, 0xa0 + type.length, ...Buffer.from(type), 0xc4, data.length];
    return named(0xc7, payload.length + data.length, 1, ...payload, ...data);
  };
  const placeholder = Buffer.from("PLACEHOLDER://params");
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["flax/truncated", file.subarray(0, 100)],
    ["flax/truncated", file.subarray(0, 1)],
    ["flax/truncated", named(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ["flax/limit", named(0xdb, 0x7f, 0xff, 0xff, 0xff)],
    ["flax/truncated", named(0xc6, 0x7f, 0xff, 0xff, 0xff)],
    ["flax/limit", deep],
    ["flax/malformed", named(0xc1)],
    ["flax/malformed", Uint8Array.of(7)],
    ["flax/malformed", Uint8Array.of(0x81, 0xc0, 1)],
    ["flax/malformed", Uint8Array.of(0x81, 0xa1, 0xff, 1)],
    ["flax/duplicate-key", Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2)],
    ["no-tensors", named(1)],
    ["flax/malformed", named(0xd4, 1, 0x90)],
    ["flax/malformed", named(0xd4, 1, 0x93)],
    ["flax/dtype", array([1], "object", [1])],
    ["flax/size-mismatch", array([2], "float32", [1, 2, 3, 4])],
    ["orbax/not-read", named(0xa0 + placeholder.length, ...placeholder)],
  ];
  for (const [code, bytes] of cases) assert.throws(() => read(bytes), { code }, `${code} ${bytes.subarray(0, 9)}`);
});

test("names that other languages give a meaning are names like any other", () => {
  const name = Buffer.from("__proto__");
  const bytes = [0x81, 0xa0 + name.length, ...name, 0xc7, 11, 1, 0x93, 0x90, 0xa5, ...Buffer.from("uint8"), 0xc4, 1, 7];
  assert.deepEqual([...read(Uint8Array.from(bytes)).weights.tensors.keys()], ["__proto__"]);
});
