import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import type { Checkpoint } from "../../../../src/core/formats/checkpoint.ts";
import { readTfjs } from "../../../../src/core/formats/tfjs/reader.ts";
import { encodeUtf8 } from "../../../../src/core/formats/utf8.ts";
import { toFloat64 } from "../../../../src/core/graph/numbers.ts";
import { folder } from "../../../fixtures/keras/modelFiles.ts";

function read(model: object, files: Readonly<Record<string, Uint8Array>>): Checkpoint {
  return readTfjs(bytesSource("model.json", encodeUtf8(JSON.stringify(model))), folder(files));
}

function weightsOnly(manifest: unknown, files: Readonly<Record<string, Uint8Array>>) {
  return read({ format: "layers-model", weightsManifest: manifest }, files).weights.tensors;
}

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

test("weights may go across shards, in several groups", () => {
  const all = floats(1, 2, 3, 4, 5, 6);
  const tensors = weightsOnly(
    [
      {
        paths: ["a.bin", "sub/b.bin", "c.bin"],
        weights: [
          { name: "x", shape: [2, 2], dtype: "float32" },
          { name: "y", shape: [2], dtype: "float32" },
        ],
      },
      { paths: ["d.bin"], weights: [{ name: "z", shape: [], dtype: "int32" }] },
    ],
    {
      "a.bin": all.slice(0, 5),
      "sub/b.bin": all.slice(5, 6),
      "c.bin": all.slice(6),
      "d.bin": new Uint8Array(Int32Array.of(-7).buffer),
    },
  );
  assert.deepEqual(
    [...tensors].map(([name, tensor]) => [name, tensor.dtype, tensor.shape, [...toFloat64(tensor)]]),
    [
      ["x", "float32", [2, 2], [1, 2, 3, 4]],
      ["y", "float32", [2], [5, 6]],
      ["z", "int32", [], [-7]],
    ],
  );
});

test("quantised weights have their values", () => {
  const weight = (name: string, quantization: object, dtype = "float32") => ({ name, shape: [2], dtype, quantization });
  const tensors = weightsOnly(
    [
      {
        paths: ["w.bin"],
        weights: [
          weight("bytes", { dtype: "uint8", scale: 0.5, min: -1, original_dtype: "float32" }),
          weight("words", { dtype: "uint16", scale: 0.001, min: 2 }),
          weight("halves", { dtype: "float16" }),
          weight("integers", { dtype: "uint8", scale: 2, min: -3 }, "int32"),
        ],
      },
    ],
    {
      "w.bin": Uint8Array.of(0, 255, ...new Uint8Array(Uint16Array.of(0, 65535).buffer), 0x00, 0x3c, 0x00, 0xc1, 1, 4),
    },
  );
  const values = Object.fromEntries([...tensors].map(([name, tensor]) => [name, [...toFloat64(tensor)]]));
  assert.deepEqual(values.bytes, [-1, 126.5]);
  assert.deepEqual(values.words, [2, Math.fround(67.535)]);
  assert.deepEqual(values.halves, [1, -2.5]);
  assert.deepEqual(values.integers, [-1, 5]);
  assert.equal(tensors.get("halves")!.dtype, "float16");
});

test("a manifest that makes no sense, or leaves its folder, is refused", () => {
  const one = (paths: unknown, weights: unknown = []) => [{ paths, weights }];
  const w = { name: "w", shape: [2], dtype: "float32" };
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, "tfjs/bad-manifest"],
    [[1], "tfjs/bad-manifest"],
    [one("w.bin"), "tfjs/bad-manifest"],
    [one(["../w.bin"]), "path/outside-folder"],
    [one(["https://example.org/w.bin"]), "path/not-local"],
    [one(["no.bin"]), "file/missing"],
    [one(["w.bin", "w.bin"]), "tfjs/bad-manifest"],
    [[...one(["w.bin"]), ...one([".//w.bin"])], "tfjs/bad-manifest"],
    [one(Array.from({ length: 10_001 }, (_, i) => `${i}.bin`)), "tfjs/bad-manifest"],
    [one(["w.bin"], [{ ...w, shape: [3] }]), "tfjs/short-weights"],
    [one(["w.bin"], [{ ...w, shape: [2 ** 40, 2 ** 40] }]), "tfjs/bad-manifest"],
    [one(["w.bin"], [{ ...w, shape: [-1] }]), "tfjs/bad-manifest"],
    [one(["w.bin"], [{ ...w, dtype: "string" }]), "tfjs/dtype"],
    [one(["w.bin"], [{ ...w, quantization: { dtype: "uint4" } }]), "tfjs/dtype"],
    [
      one(
        ["w.bin"],
        [
          { ...w, shape: [1] },
          { ...w, shape: [1] },
        ],
      ),
      "tfjs/bad-manifest",
    ],
  ];
  for (const [manifest, code] of cases) {
    assert.throws(() => weightsOnly(manifest, { "w.bin": floats(1, 2) }), { code }, JSON.stringify(manifest));
  }
});

test("a bad path is refused before any shard is opened", () => {
  const opened: string[] = [];
  const manifest = [
    { paths: ["w.bin"], weights: [] },
    { paths: ["/etc/passwd"], weights: [] },
  ];
  const model = bytesSource("model.json", encodeUtf8(JSON.stringify({ weightsManifest: manifest })));
  const siblings = {
    open(path: string) {
      opened.push(path);
      return bytesSource(path, new Uint8Array());
    },
  };
  assert.throws(() => readTfjs(model, siblings), { code: "path/outside-folder" });
  assert.deepEqual(opened, []);
});

test("a graph model shows its weights, and the way to one that runs", () => {
  const model = {
    format: "graph-model",
    modelTopology: { node: [] },
    weightsManifest: [{ paths: ["w.bin"], weights: [{ name: "w", shape: [2], dtype: "float32" }] }],
  };
  const checkpoint = read(model, { "w.bin": floats(1, 2) });
  assert.deepEqual([...checkpoint.weights.tensors.keys()], ["w"]);
  assert.throws(() => checkpoint.architecture!.program(), { code: "tfjs/graph-model" });
});
