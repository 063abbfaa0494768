import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteSource } from "../../../../src/core/formats/byteSource.ts";
import { byteLength, type DType, float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { type ElementStatistics, elementStatistics } from "../../../../src/core/statistics/tensorStatistics.ts";

function statisticsOf(tensor: Tensor): ElementStatistics {
  const computation = elementStatistics(tensor);
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
  }
}

function tensorOf(dtype: DType, shape: readonly number[], bytes: ArrayLike<number>): Tensor {
  return { dtype, shape, bytes: () => Uint8Array.from(bytes) };
}

/** A tensor of a file, behind a few other bytes, that remembers what was read of it. */
function storedTensor(dtype: DType, shape: readonly number[], bytes: Uint8Array): { tensor: Tensor; reads: number[] } {
  const reads: number[] = [];
  const offset = 13;
  const source: ByteSource = {
    name: "weights",
    size: bytes.length + offset,
    read: (from, length) => {
      reads.push(length);
      return bytes.subarray(from - offset, from - offset + length);
    },
  };
  const unread = (): Uint8Array => assert.fail("read as a whole");
  return { tensor: { dtype, shape, bytes: unread, stored: { source, offset } }, reads };
}

test("five numbers by hand", () => {
  assert.deepEqual(statisticsOf(float32Tensor([5], [1, 2, 3, 4, 10])), {
    count: 5,
    nonFinite: 0,
    minimum: 1,
    maximum: 10,
    mean: 4,
    // numpy.std([1, 2, 3, 4, 10])
    standardDeviation: Math.sqrt(10),
    histogram: Array.from({ length: 32 }, (_, bin) => Number([0, 3, 7, 10, 31].includes(bin))),
  });
});

test("what is not finite is counted and otherwise left out", () => {
  const { NaN: nan, POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
  const some = statisticsOf(float32Tensor([5], [nan, 1, POSITIVE_INFINITY, 3, NEGATIVE_INFINITY]));
  assert.deepEqual([some.count, some.nonFinite, some.minimum, some.maximum, some.mean], [5, 3, 1, 3, 2]);
  const none = statisticsOf(float32Tensor([2], [nan, nan]));
  assert.deepEqual([none.count, none.nonFinite, none.mean, none.histogram], [2, 2, null, []]);
});

test("no elements, one value, text", () => {
  assert.deepEqual(
    [statisticsOf(float32Tensor([0, 3], [])).count, statisticsOf(float32Tensor([0], [])).minimum],
    [0, null],
  );
  const constant = statisticsOf(float32Tensor([3], [7, 7, 7]));
  assert.deepEqual([constant.standardDeviation, constant.histogram[0]], [0, 3]);
  const text: Tensor = { dtype: "string", shape: [2], bytes: () => assert.fail(), strings: () => ["a", "b"] };
  assert.deepEqual([statisticsOf(text).count, statisticsOf(text).mean], [2, null]);
});

test("a small deviation about a large mean is not lost", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => 1e9 + (i % 2));
  const { mean, standardDeviation } = statisticsOf(tensorOf("float64", [100_000], new Uint8Array(values.buffer)));
  assert.equal(mean, 1e9 + 0.5);
  assert.equal(standardDeviation, 0.5);
});

test("the whole range of float64 has a histogram", () => {
  const values = Float64Array.of(-Number.MAX_VALUE, 0, Number.MAX_VALUE);
  const { histogram } = statisticsOf(tensorOf("float64", [3], new Uint8Array(values.buffer)));
  assert.deepEqual([histogram[0], histogram[16], histogram[31]], [1, 1, 1]);
});

test("narrow types are widened without loss", () => {
  const means: readonly [DType, number[], number][] = [
    ["float16", [0x00, 0x3c, 0x00, 0xc0], -0.5],
    ["bfloat16", [0x80, 0x3f, 0x00, 0xc0], -0.5],
    ["int8", [0xff, 0x03], 1],
    ["bool", [1, 0], 0.5],
    ["uint4", [0xf1], 8],
    ["int4", [0xf1], 0],
    ["float8e4m3fn", [0x38, 0xc0], -0.5],
  ];
  for (const [dtype, bytes, mean] of means) assert.equal(statisticsOf(tensorOf(dtype, [2], bytes)).mean, mean, dtype);
  assert.equal(statisticsOf(int64Tensor([2], [-1, 2 ** 53])).maximum, 2 ** 53);
});

test("a large tensor is read in pieces, and gives the same", () => {
  const count = (1 << 20) * 2 + 3;
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i) + 3);
  const bytes = new Uint8Array(values.buffer);
  const whole = statisticsOf({ dtype: "float32", shape: [count], bytes: () => bytes.slice() });
  const { tensor, reads } = storedTensor("float32", [count], bytes);
  const pieces = statisticsOf(tensor);
  assert.deepEqual(reads, [1 << 22, 1 << 22, 12, 1 << 22, 1 << 22, 12]);
  assert.deepEqual({ ...pieces, mean: 0, standardDeviation: 0 }, { ...whole, mean: 0, standardDeviation: 0 });
  assert.ok(Math.abs((pieces.mean ?? 0) - (whole.mean ?? 0)) < 1e-12);
  assert.ok(Math.abs((pieces.standardDeviation ?? 0) - (whole.standardDeviation ?? 0)) < 1e-12);
});

test("pieces of elements that share a byte begin at whole bytes", () => {
  const count = (1 << 20) + 2;
  const bytes = new Uint8Array(byteLength({ dtype: "uint4", shape: [count] })).fill(0x21);
  const { tensor, reads } = storedTensor("uint4", [count], bytes);
  assert.equal(statisticsOf(tensor).mean, 1.5);
  assert.deepEqual(reads.slice(0, 2), [1 << 19, 1]);
});
