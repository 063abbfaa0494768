import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { bytesSource, type SiblingFiles } from "../../../../src/core/formats/byteSource.ts";
import { maskedCrc32c } from "../../../../src/core/formats/crc32c.ts";
import { readTensorBundle } from "../../../../src/core/formats/tensorflow/reader.ts";
import { readSavedModel } from "../../../../src/core/formats/tensorflow/savedModel.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { bundleIndex, table, type Variable, varint } from "../../../fixtures/tensorBundle.ts";

const data = new Uint8Array(Float32Array.from({ length: 16 }, (_, i) => i / 4).buffer);

function floats(shape: readonly number[], offset: number): Variable {
  const size = 4 * shape.reduce((a, b) => a * b, 1);
  return { type: 1, shape, offset, size, checksum: maskedCrc32c(data.subarray(offset, offset + size)) };
}

function read(index: Uint8Array, files: Readonly<Record<string, Uint8Array>> = { [dataName]: data }) {
  return readTensorBundle(bytesSource("/somewhere/model.ckpt-5.index", index), folder(files));
}

const dataName = "model.ckpt-5.data-00000-of-00001";

test("variables are read by their names, without what the training keeps", () => {
  const variables = {
    "layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE": floats([2, 3], 0),
    "layer-0/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE": floats([2, 3], 0),
    "optimizer/beta_1/.ATTRIBUTES/VARIABLE_VALUE": floats([], 0),
    "a.Sb..c/.ATTRIBUTES/VARIABLE_VALUE": floats([1], 8),
    "conv/weights": floats([4], 24),
    "conv/weights/Adam": floats([4], 24),
    "conv/weights/ExponentialMovingAverage": floats([4], 40),
    "lonely/Adam": floats([], 60),
    sliced: { ...floats([2], 0), slices: true },
    handle: { type: 20, shape: [], offset: 0, size: 0, checksum: 0 },
    text: { type: 7, shape: [], offset: 0, size: 3, checksum: 0 },
  };
  const { format, weights, provenance } = read(bundleIndex(variables));
  assert.equal(format, "tensorflow");
  assert.deepEqual([...weights.tensors.keys()].toSorted(), [
    "a/b.c",
    "conv/weights",
    "handle",
    "layer-0/kernel",
    "lonely/Adam",
    "sliced",
  ]);
  const kernel = weights.tensors.get("layer-0/kernel") ?? assert.fail();
  assert.deepEqual(
    [kernel.shape, [...toFloat32(kernel)]],
    [
      [2, 3],
      [0, 0.25, 0.5, 0.75, 1, 1.25],
    ],
  );
  assert.equal(kernel.stored, undefined, "what is mapped is not checked");
  assert.throws(() => weights.tensors.get("sliced")?.bytes(), { code: "tensorflow/sliced" });
  assert.throws(() => weights.tensors.get("handle")?.bytes(), { code: "tensorflow/dtype" });
  const average = provenance.alternatives.get("ExponentialMovingAverage")?.tensors.get("conv/weights");
  assert.deepEqual([...toFloat32(average ?? assert.fail())], [2.5, 2.75, 3, 3.25]);
  assert.deepEqual(
    provenance.notices.map(({ code }) => code),
    ["tensorflow/training-state", "tensorflow/not-read"],
  );
});

test("blocks may be compressed", () => {
  // One literal: no copies are needed for a stream to be Snappy's.
  const compress = (block: Uint8Array) =>
    Buffer.concat([
      varint(block.length),
      Buffer.from([61 << 2, (block.length - 1) & 255, (block.length - 1) >> 8]),
      block,
    ]);
  const variables = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`v${i}`, floats([1], 4 * i)]));
  const { tensors } = read(bundleIndex(variables, {}, { compress })).weights;
  assert.deepEqual(
    [...tensors.values()].map((tensor) => toFloat32(tensor)[0]),
    Array.from({ length: 10 }, (_, i) => i / 4),
  );
  const broken = bundleIndex(variables, {}, { compress: (block) => Buffer.concat([varint(9), block]) });
  assert.throws(() => read(broken), { code: "tensorflow/malformed" });
});

test("a changed byte is noticed, in the index at once and in the data when it is read", () => {
  const index = bundleIndex({ a: floats([2], 0) });
  for (const at of [0, 5, index.length - 60]) {
    const changed = Uint8Array.from(index);
    changed[at]! ^= 1;
    assert.throws(() => read(changed), { code: "tensorflow/checksum" }, `byte ${at}`);
  }
  const changed = Uint8Array.from(data);
  changed[7]! ^= 1;
  const { tensors } = read(index, { [dataName]: changed }).weights;
  assert.throws(() => tensors.get("a")?.bytes(), { code: "tensorflow/checksum" });
});

test("damaged and hostile bundles are refused by name", () => {
  const a = floats([2], 0);
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["not-a-bundle", bundleIndex({ a }).subarray(0, 60)],
    ["not-a-bundle", new Uint8Array(3)],
    ["not-a-bundle", table([["a", Uint8Array.of()]])],
    ["big-endian", bundleIndex({ a }, { bigEndian: true })],
    ["limit", bundleIndex({ a }, { shards: 2 ** 40 })],
    ["malformed", bundleIndex({ a: { ...a, shard: 1 } })],
    ["malformed", bundleIndex({ a: { ...a, shape: [-2] } })],
    ["malformed", bundleIndex({ a: { ...a, shape: [2 ** 40, 2 ** 40] } })],
    ["size-mismatch", bundleIndex({ a: { ...a, size: 4 } })],
    ["truncated", bundleIndex({ a: { ...a, offset: 60 } })],
    ["truncated", bundleIndex({ a: { ...a, offset: -8 } })],
    [
      "malformed",
      table([
        ["", Uint8Array.of()],
        ["a", Uint8Array.of(0xff)],
      ]),
    ],
    [
      "malformed",
      table([
        ["", Uint8Array.of()],
        ["a", Uint8Array.of()],
        ["a", Uint8Array.of()],
      ]),
    ],
    ["malformed", bundleIndex({ a }, {}, { method: 7 })],
    ["missing-data", bundleIndex({ a }, { shards: 2 })],
  ];
  for (const [reason, index] of cases) assert.throws(() => read(index), { code: `tensorflow/${reason}` }, reason);
});

test("a SavedModel gives its variables", () => {
  const files = {
    "variables/variables.index": bundleIndex({ "v/.ATTRIBUTES/VARIABLE_VALUE": floats([1], 4) }),
    "variables/variables.data-00000-of-00001": data,
  };
  const model = bytesSource("saved_model.pb", Uint8Array.of());
  const { weights, provenance } = readSavedModel(model, folder(files));
  assert.deepEqual([...weights.tensors.keys()], ["v"]);
  assert.deepEqual(
    provenance.notices.map(({ code }) => code),
    ["saved-model/graph-not-read"],
  );
  assert.throws(() => readSavedModel(model, folder({})), { code: "tensorflow/no-variables" });
});

/** Files of one folder, in memory. */
function folder(files: Readonly<Record<string, Uint8Array>>): SiblingFiles {
  return {
    open(path) {
      const bytes = files[path];
      if (bytes) return bytesSource(path, bytes);
      throw new Failure("file/missing", "There is no such file.", { file: path });
    },
  };
}
