import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { weightDifferences } from "../../../../src/core/diff/weightDifferences.ts";
import { Failure } from "../../../../src/core/failure.ts";
import type { ByteSource } from "../../../../src/core/formats/byteSource.ts";
import { type DType, float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import type { TensorDifference, WeightDifferences } from "../../../../src/core/report/weightDifferences.ts";
import { numbers } from "../../../fixtures/onnxPrograms.ts";
import { finished } from "../checks/checked.ts";

const between = (a: Record<string, Tensor>, b: Record<string, Tensor>): WeightDifferences =>
  finished(weightDifferences(new Map(Object.entries(a)), new Map(Object.entries(b))));

/** The difference of one tensor from another. */
function differenceOf(a: Tensor, b: Tensor): TensorDifference {
  const [difference, ...more] = between({ w: a }, { w: b }).tensors;
  assert.ok(difference && more.length === 0);
  return difference;
}

const vector = (...values: number[]): Tensor => float32Tensor([values.length], values);
const typed = (dtype: DType, values: ArrayBufferView & { readonly length: number }): Tensor => ({
  dtype,
  shape: [values.length],
  bytes: () => new Uint8Array(values.buffer.slice(0) as ArrayBuffer),
});

test("figures by hand", () => {
  const { state, elements, differing, relative, cosine, largest } = differenceOf(vector(3, 4, 0), vector(3, 0, 0));
  assert.deepEqual([state, elements, differing], ["changed", 3, 1]);
  // ‖A − B‖ = 4, ‖B‖ = 3, ‖A‖ = 5, ⟨A, B⟩ = 9.
  assert.deepEqual([relative, cosine, largest], [4 / 3, 9 / 15, 4]);
});

test("figures of a few thousand elements are those of the formulas in float64", () => {
  const [a, b] = [numbers([90, 100], 1), numbers([90, 100], 2)];
  const [x, y] = [a, b].map((tensor) => Array.from(new Float32Array(tensor.bytes().slice().buffer)));
  const sum = (term: (x: number, y: number) => number): number =>
    x!.reduce((total, value, i) => total + term(value, y![i]!), 0);
  const { relative, cosine, largest } = differenceOf(a, b);
  assert.ok(Math.abs(relative! - Math.sqrt(sum((p, q) => (p - q) ** 2) / sum((_, q) => q * q))) < 1e-12);
  assert.ok(Math.abs(cosine! - sum((p, q) => p * q) / Math.sqrt(sum((p) => p * p) * sum((_, q) => q * q))) < 1e-12);
  assert.equal(largest, Math.max(...x!.map((value, i) => Math.abs(value - y![i]!))));
});

describe("equal", () => {
  test("are the same numbers, whatever the type, NaN included", () => {
    assert.equal(differenceOf(vector(1, Number.NaN), vector(1, Number.NaN)).state, "equal");
    const wide = typed("float64", Float64Array.of(1, 0.5));
    assert.deepEqual(
      [differenceOf(vector(1, 0.5), wide).state, differenceOf(wide, vector(1, 0.5)).relative],
      ["equal", 0],
    );
    assert.equal(differenceOf(vector(0), vector(-0)).state, "equal");
  });

  test("but for rounding", () => {
    // 0.1 in binary16.
    const half = typed("float16", Uint16Array.of(0x2e66));
    assert.equal(differenceOf(vector(0.1), half).state, "rounded");
    assert.equal(differenceOf(vector(0.1002), half).state, "changed");
    assert.equal(differenceOf(vector(Number.POSITIVE_INFINITY), half).state, "changed");
    // Of one type, nothing was rounded.
    assert.equal(differenceOf(vector(1), vector(1 + 2 ** -23)).state, "changed");
  });

  test("are no whole numbers that float64 takes for the same", () => {
    const [a, b] = [2n ** 60n, 2n ** 60n + 1n].map((value) => typed("int64", BigInt64Array.of(value, 5n)));
    const { state, differing } = differenceOf(a!, b!);
    assert.deepEqual([state, differing], ["changed", 1]);
    assert.equal(differenceOf(int64Tensor([1], [3]), int64Tensor([1], [3])).state, "equal");
  });
});

test("what is not finite differs, and is left out of the figures", () => {
  const { state, differing, relative, largest } = differenceOf(vector(1, Number.NaN, 2), vector(1, 5, 1));
  assert.deepEqual([state, differing, relative, largest], ["changed", 2, 1 / Math.SQRT2, 1]);
});

test("what is not defined is null", () => {
  const { relative, cosine, largest } = differenceOf(vector(1, 0), vector(0, 0));
  assert.deepEqual([relative, cosine, largest], [null, null, 1]);
  assert.deepEqual(differenceOf(float32Tensor([0], []), float32Tensor([0], [])).state, "equal");
});

test("other shapes, other names, other kinds", () => {
  const text = (value: string): Tensor => ({
    dtype: "string",
    shape: [1],
    bytes: () => assert.fail(),
    strings: () => [value],
  });
  const unread: Tensor = {
    dtype: "float32",
    shape: [2],
    bytes: () => {
      throw new Failure("gguf/type-not-read", "Not decoded.");
    },
  };
  const complex: Tensor = { dtype: "complex64", shape: [1], bytes: () => new Uint8Array(8) };
  const found = between(
    { turned: numbers([2, 3]), gone: vector(1), words: text("a"), odd: unread, plane: complex },
    { turned: numbers([3, 2]), new: vector(1), words: text("b"), odd: unread, plane: vector(0) },
  );
  assert.deepEqual(
    found.tensors.map(({ name, state }) => [name, state]),
    [
      ["turned", "shape"],
      ["words", "changed"],
      ["odd", "unread"],
      ["plane", "shape"],
      ["gone", "only-a"],
      ["new", "only-b"],
    ],
  );
  assert.equal(found.tensors[2]?.reason, "Not decoded.");
  assert.deepEqual(found.total, { elements: 0, differing: 0, relative: 0, cosine: null, largest: 0 });
});

test("modules sum up their tensors, under A's names", () => {
  const { modules, prefixes, total } = between(
    { "net.conv.weight": vector(3, 0), "net.conv.bias": vector(0), "net.fc.weight": vector(1) },
    { "conv.weight": vector(0, 4), "conv.bias": vector(0), "fc.weight": vector(1), "fc.bias": vector(1) },
  );
  assert.deepEqual(prefixes, ["net.", ""]);
  assert.deepEqual(
    modules.map(({ name, tensors, equal, changed, unmatched, relative }) => [
      name,
      tensors,
      equal,
      changed,
      unmatched,
      relative,
    ]),
    [
      ["net.conv", 2, 1, 1, 0, 5 / 4],
      ["net.fc", 2, 1, 0, 1, 0],
    ],
  );
  assert.deepEqual([total.elements, total.differing, total.largest], [4, 2, 4]);
});

test("large tensors are read in pieces side by side, with turns between", () => {
  const count = (1 << 20) + 5;
  const reads: string[] = [];
  const stored = (name: string, add: number): Tensor => {
    const bytes = new Uint8Array(Float32Array.from({ length: count }, (_, i) => (i % 7) + add).buffer);
    const read = (from: number, length: number): Uint8Array => {
      reads.push(`${name} ${length}`);
      return bytes.subarray(from, from + length);
    };
    const source: ByteSource = { name, size: bytes.length, read };
    return {
      dtype: "float32",
      shape: [count],
      bytes: () => assert.fail("read as a whole"),
      stored: { source, offset: 0 },
    };
  };
  const computation = weightDifferences(new Map([["w", stored("a", 0)]]), new Map([["w", stored("b", 0.5)]]));
  const turns: number[] = [];
  let step = computation.next();
  for (; !step.done; step = computation.next()) turns.push(step.value);
  assert.deepEqual(turns, [1 << 20, 5]);
  assert.deepEqual(reads, ["a 4194304", "b 4194304", "a 20", "b 20"]);
  assert.equal(step.value.tensors[0]?.largest, 0.5);
});
