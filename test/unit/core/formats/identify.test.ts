import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { type Identified, identify } from "../../../../src/core/formats/identify.ts";
import { Message } from "../../../../src/core/formats/onnx/message.ts";
import { refusalOf } from "../../../../src/core/formats/refusals.ts";
import { safetensorsFile } from "../../../fixtures/safetensors.ts";
import { bundleIndex } from "../../../fixtures/tensorBundle.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures");

/** A protobuf message: texts, integers and messages by field number, in order. */
function message(...fields: readonly (readonly [number, number | string | Message])[]): Message {
  const made = new Message();
  for (const [number, value] of fields) {
    if (typeof value === "number") made.int(number, value);
    else if (typeof value === "string") made.text(number, value);
    else made.message(number, value);
  }
  return made;
}

const node = message([1, "conv1/kernel"], [2, "VariableV2"]);
const graph = message([1, node], [1, message([1, "x"], [2, "Placeholder"])], [4, message([1, 134])]);
const metaInfo = message([2, message([1, message([1, "Const"])])]);

function zip(...names: readonly string[]): Uint8Array {
  return zipSync(Object.fromEntries(names.map((name) => [name, Uint8Array.of(1)])), { level: 0 });
}

/** One member of a tar file, without content. */
function tarMember(name: string): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("00000000000", 124);
  header.write("ustar\x0000", 257);
  return header;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const tflite = Buffer.concat([Buffer.from([28, 0, 0, 0]), Buffer.from("TFL3"), Buffer.alloc(20)]);

const files: readonly (readonly [Identified, Uint8Array])[] = [
  ["onnx", message([1, 8], [2, "pytorch"], [7, message([2, "graph"])], [8, message([2, 17])]).toBytes()],
  [
    "onnx",
    message([1, 8], [2, "pytorch"], [3, "2"], [7, message([2, "a".repeat(99)])])
      .toBytes()
      .subarray(0, 60),
  ],
  [
    "coreml",
    message([1, 4], [2, message([1, message([1, "image"])])], [500, message([1, message([1, "conv"])])]).toBytes(),
  ],
  ["saved-model", message([1, 1], [2, message([1, metaInfo], [2, graph])]).toBytes()],
  ["graph-def", graph.toBytes()],
  ["meta-graph", message([1, metaInfo], [2, graph], [3, message([1, "save/Const:0"])]).toBytes()],
  ["torch-zip", zip("archive/data.pkl", "archive/data/0", "archive/version")],
  ["torchscript", zip("m/data.pkl", "m/constants.pkl", "m/code/__torch__/m.py", "m/data/0")],
  ["torchscript", zip("m/data.pkl", "m/constants.pkl", "m/bytecode.pkl")],
  ["pt2", zip("serialized_exported_program.json", "serialized_state_dict.pt", "version")],
  ["pt2", zip("m/archive_format", "m/models/model.json", "m/data/weights/model.pt")],
  ["pt2", zip("m/archive_format", "m/models/model.json", "m/data/aotinductor/model/a.so")],
  ["pt2-aotinductor", zip("m/archive_format", "m/data/aotinductor/model/a.so")],
  ["pt2-aotinductor", zip("data/aotinductor/model/a.so")],
  ["keras", zip("metadata.json", "config.json", "model.weights.h5")],
  ["keras", zip("config.json", "model.weights.json", "model_00000.weights.h5")],
  ["coreml", zip("net.mlpackage/Manifest.json", "net.mlpackage/Data/com.apple.CoreML/model.mlmodel")],
  ["npz", zip("arr_0.npy", "labels.npy")],
  ["zip", zip("word/document.xml", "[Content_Types].xml")],
  ["half-written", zip("archive/data.pkl").subarray(0, 60)],
  ["torch-legacy", Buffer.from("80028a0a6cfc9c46f9206aa85019", "hex")],
  ["pickle", Buffer.from("80047d942e", "hex")],
  ["pickle", Buffer.from("cposix\nsystem\n(S'x'\ntR.")],
  ["pickle", Buffer.from("(dp0\nS'a'\np1\nI1\ns.")],
  ["torch-tar", Buffer.concat(["sys_info", "pickle", "storages"].map(tarMember))],
  ["tar", Buffer.concat(["model.pt", "notes"].map(tarMember))],
  ["hdf5", Buffer.from("894844460d0a1a0a00", "hex")],
  ["hdf5", Buffer.concat([Buffer.alloc(512, "#"), Buffer.from("894844460d0a1a0a00", "hex")])],
  ["safetensors", safetensorsFile("{}", 0)],
  ["safetensors-index", json({ metadata: {}, weight_map: { a: "model-00001-of-00002.safetensors" } })],
  ["torch-index", json({ metadata: {}, weight_map: { a: "pytorch_model-00001-of-00002.bin" } })],
  ["tfjs", json({ format: "layers-model", modelTopology: {}, weightsManifest: [] })],
  ["hf-config", json({ architectures: ["BertModel"], model_type: "bert" })],
  ["hf-config", Buffer.from(' \n{"model_type": "gpt2"}')],
  ["keras-config", json({ class_name: "Sequential", config: {} })],
  ["json", json({ anything: 1 })],
  ["json", Buffer.from("[1, 2]")],
  ["json", Buffer.from('{"weight_map": {')],
  ["tensorflow-bundle", bundleIndex({})],
  ["flax", readFileSync(join(fixtures, "flax/state.msgpack"))],
  ["flax", Buffer.from([0xde, 0, 1, 0xd9, 40, ...Buffer.alloc(40, "a"), 0x80])],
  ["gguf", readFileSync(join(fixtures, "gguf/quantised.gguf"))],
  ["coreml", json({ fileFormatVersion: "1.0.0", itemInfoEntries: {}, rootModelIdentifier: "A" })],
  ["tflite", tflite],
  ["executorch", Buffer.concat([Buffer.from([48, 0, 0, 0]), Buffer.from("ET12"), Buffer.alloc(20)])],
  ["orbax", json({ tree_metadata: {}, use_zarr3: false })],
  ["orbax", json({ item_handlers: {}, metrics: {} })],
  ["orbax", Buffer.from("0cdb3a2a0000", "hex")],
  ["openvino", Buffer.from('<?xml version="1.0"?>\n<net name="a" version="11">')],
  ["mxnet", Buffer.from("1201000000000000", "hex")],
  ["npy", Buffer.from("\x93NUMPY", "latin1")],
  ["compressed", Buffer.from("1f8b0800", "hex")],
  ["image", Buffer.from("ffd8ffe0", "hex")],
  ["html", Buffer.from("<!DOCTYPE html><html></html>")],
  ["html", Buffer.from("\n <HTML><body>404")],
  ["html", Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code>')],
  ["git-lfs-pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n")],
  ["empty", Buffer.alloc(0)],
  // A TensorProto, raw numbers, text.
  ["unknown", message([1, 1], [1, 28], [2, 1], [8, "Input"], [9, "0000"]).toBytes()],
  ["unknown", new Uint8Array(Float32Array.of(1, 2, 3).buffer)],
  ["unknown", Buffer.from("epoch,loss\n1,0.5\n")],
];

test("files are known by their content", () => {
  for (const [i, [kind, bytes]] of files.entries()) {
    assert.equal(identify(bytesSource("model.bin", bytes)), kind, `file ${i}`);
  }
});

test("a name counts only where the content says nothing", () => {
  const named = (name: string, bytes: Uint8Array) => identify(bytesSource(name, bytes));
  assert.equal(named("a.safetensors", Buffer.from("abc")), "safetensors");
  assert.equal(named("a.ONNX", Buffer.from("abc")), "onnx");
  assert.equal(named("a.pt", Buffer.from("abc")), "unknown");
  assert.equal(named("a.safetensors", zip("archive/data.pkl")), "torch-zip");
});

test("damaged zip files fail as the zip reader says", () => {
  const bytes = zip("../a");
  assert.throws(() => identify(bytesSource("a.pt", bytes)), { code: "zip/path-traversal" });
});

test("what has no reader is refused with a way out", () => {
  const codes = new Map<Identified, string>([
    ["empty", "empty-file"],
    ["html", "not-a-checkpoint"],
    ["unknown", "not-a-checkpoint"],
    ["npz", "not-a-checkpoint"],
    ["half-written", "zip/no-end-record"],
    ["pt2-aotinductor", "pt2/aotinductor-only"],
    ["coreml", "coreml/not-read"],
    ["tflite", "tflite/not-read"],
    ["executorch", "executorch/not-read"],
    ["orbax", "orbax/not-read"],
    ["graph-def", "graph-def/not-read"],
    ["git-lfs-pointer", "git-lfs-pointer"],
  ]);
  for (const [kind, code] of codes) {
    const failure = refusalOf(kind, bytesSource("model.bin", new Uint8Array(8)));
    assert.equal(failure?.code, code);
    assert.equal(failure?.file, "model.bin");
    assert.ok(failure?.hint, kind);
  }
  assert.equal(refusalOf("onnx", bytesSource("a", new Uint8Array(0))), undefined);
  const [, pointer] = files.find(([kind]) => kind === "git-lfs-pointer") ?? assert.fail();
  const failure = refusalOf("git-lfs-pointer", bytesSource("a", pointer));
  assert.match(failure?.message ?? "", /12\.3 KB/);
  assert.match(failure?.hint ?? "", /git lfs pull/);
});
