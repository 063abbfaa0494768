import assert from "node:assert/strict";
import { test } from "node:test";
import { toFloat32, toFloat64, toIntegers } from "../../../../src/core/graph/numbers.ts";
import type { DType, Tensor } from "../../../../src/core/graph/tensor.ts";

function stored(dtype: DType, shape: readonly number[], bytes: readonly number[]): Tensor {
  return { dtype, shape, bytes: () => Uint8Array.from(bytes) };
}

function little(view: ArrayBufferView): number[] {
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
}

test("every float16 is what JavaScript's own float16 is", () => {
  const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const expected = new Float16Array(bits.buffer);
  const actual = toFloat64(stored("float16", [1 << 16], little(bits)));
  assert.equal(
    actual.findIndex((number, i) => !Object.is(number, expected[i])),
    -1,
  );
});

test("bfloat16 is the upper half of a float32", () => {
  const values = Float32Array.of(1, -2.5, 0.15625, 3e38, Number.POSITIVE_INFINITY);
  const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  const kept = new Float32Array(Uint32Array.from(upper, (bits) => bits << 16).buffer);
  assert.deepEqual(toFloat32(stored("bfloat16", [5], little(upper))), kept);
});

test("8-bit and 4-bit floats at the ends of their ranges (ONNX, “Float stored in 8 bits”)", () => {
  const read = (dtype: DType, ...bytes: number[]) => [...toFloat64(stored(dtype, [bytes.length], bytes))];
  assert.deepEqual(read("float8e4m3fn", 0x7e, 0x01, 0x38, 0x7f, 0x80), [448, 2 ** -9, 1, Number.NaN, -0]);
  assert.deepEqual(read("float8e4m3fnuz", 0x7f, 0x01, 0x40, 0x80), [240, 2 ** -10, 1, Number.NaN]);
  const infinity = Number.POSITIVE_INFINITY;
  assert.deepEqual(read("float8e5m2", 0x7b, 0x01, 0x3c, 0xfc, 0x7d), [57344, 2 ** -16, 1, -infinity, Number.NaN]);
  assert.deepEqual(read("float8e5m2fnuz", 0x7f, 0x01, 0x40, 0x80), [57344, 2 ** -17, 1, Number.NaN]);
  assert.deepEqual(read("float8e8m0", 0, 127, 130, 255), [2 ** -127, 1, 8, Number.NaN]);
  const all = [...toFloat64(stored("float4e2m1", [16], [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]))];
  assert.deepEqual(all, [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6]);
});

test("integers of every width", () => {
  assert.deepEqual(toIntegers(stored("int4", [3], [0xf7, 0x08])), [7, -1, -8]);
  assert.deepEqual(toIntegers(stored("uint4", [3], [0xf7, 0x08])), [7, 15, 8]);
  assert.deepEqual(toIntegers(stored("int2", [4], [0b11_10_01_00])), [0, 1, -2, -1]);
  assert.deepEqual(toIntegers(stored("uint2", [3], [0b10_01_11])), [3, 1, 2]);
  assert.deepEqual(toIntegers(stored("int8", [2], [0x80, 0x7f])), [-128, 127]);
  assert.deepEqual(toIntegers(stored("bool", [3], [0, 1, 7])), [0, 1, 1]);
  assert.deepEqual(toIntegers(stored("uint16", [1], [0xff, 0xfe])), [0xfeff]);
  assert.deepEqual(toIntegers(stored("int64", [2], little(BigInt64Array.of(-5n, 1n << 40n)))), [-5, 2 ** 40]);
  assert.deepEqual(toIntegers(stored("uint64", [1], little(BigUint64Array.of(2n ** 64n - 1n)))), [2 ** 64]);
});

test("complex numbers give pairs; strings and short data are refused", () => {
  assert.deepEqual([...toFloat32(stored("complex64", [1], little(Float32Array.of(1, -2))))], [1, -2]);
  assert.throws(() => toFloat32(stored("string", [1], [])));
  assert.throws(() => toFloat64(stored("float32", [2], [0, 0, 0, 0])));
});
