import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ftruncateSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { Failure } from "../../src/core/failure.ts";
import type { Checkpoint } from "../../src/core/formats/checkpoint.ts";
import { readGguf } from "../../src/core/formats/gguf/reader.ts";
import { type Identified, identify } from "../../src/core/formats/identify.ts";
import { refusalOf } from "../../src/core/formats/refusals.ts";
import { readSafetensors } from "../../src/core/formats/safetensors/reader.ts";
import { readSafetensorsIndex } from "../../src/core/formats/safetensors/shardedReader.ts";
import { readTensorBundle } from "../../src/core/formats/tensorflow/reader.ts";
import { readSavedModel } from "../../src/core/formats/tensorflow/savedModel.ts";
import { readTable } from "../../src/core/formats/tensorflow/table.ts";
import { readTorch } from "../../src/core/formats/torch/reader.ts";
import { toFloat32 } from "../../src/core/graph/numbers.ts";
import { elementCount, type Tensor } from "../../src/core/graph/tensor.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");
const skip = withoutShared;

/** Reads a file by the reader for what it is. */
function read(path: string): Checkpoint {
  const source = fileSource(path);
  const siblings = siblingFiles(dirname(path));
  try {
    const kind = identify(source);
    if (kind === "safetensors") return readSafetensors(source);
    if (kind === "safetensors-index") return readSafetensorsIndex(source, siblings);
    if (kind === "tensorflow-bundle") return readTensorBundle(source, siblings);
    if (kind === "saved-model") return readSavedModel(source, siblings);
    if (kind === "gguf") return readGguf(source);
    if (kind.startsWith("torch-")) return readTorch(source);
    throw refusalOf(kind, source) ?? new Failure("test/other-reader", kind);
  } finally {
    source.close();
  }
}

function tensorsOf(path: string): ReadonlyMap<string, Tensor> {
  return read(join(assets, path)).weights.tensors;
}

/** The largest difference between two sets of weights of the same names and shapes, relative to the larger number. */
function difference(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  assert.deepEqual([...a.keys()].toSorted(), [...b.keys()].toSorted());
  let largest = 0;
  for (const [name, tensor] of a) {
    const other = b.get(name) ?? assert.fail(name);
    assert.deepEqual(other.shape, tensor.shape);
    const [left, right] = [toFloat32(tensor), toFloat32(other)];
    for (let i = 0; i < left.length; i++) {
      const scale = Math.max(Math.abs(left[i]!), Math.abs(right[i]!), 2 ** -14);
      largest = Math.max(largest, Math.abs(left[i]! - right[i]!) / scale);
    }
  }
  return largest;
}

test("one network is the same in every safetensors file and in PyTorch's own", { skip }, (t) => {
  for (const net of ["kw_mnist", "kw_fashion"]) {
    const original = tensorsOf(`crossformat-kw/${net}.state_dict.pt`);
    assert.equal(difference(original, tensorsOf(`crossformat-kw/${net}.safetensors`)), 0);
  }
  const original = tensorsOf("crossformat-kw/kw_mnist.state_dict.pt");
  assert.equal(difference(original, tensorsOf("crossformat-kw/sharded/model.safetensors.index.json")), 0);
  const half = tensorsOf("crossformat-kw/kw_mnist.fp16.safetensors");
  const brain = tensorsOf("crossformat-kw/kw_mnist.bf16.safetensors");
  assert.ok([...half.values()].every(({ dtype }) => dtype === "float16"));
  assert.ok([...brain.values()].every(({ dtype }) => dtype === "bfloat16"));
  const errors = [difference(original, half), difference(original, brain)] as const;
  // Half of the last place of 11 and 8 significant bits, relative to a power of two.
  assert.ok(errors[0] <= 2 ** -11 && errors[1] <= 2 ** -8, `${errors}`);
  const burn = tensorsOf("donor-mnist-burn/mnist.safetensors");
  assert.deepEqual([...burn.keys()].toSorted(), [...tensorsOf("donor-mnist-burn/mnist.pt").keys()].toSorted());
  // Sums of absolute values by NumPy, in float32.
  const sums = {
    "fc1.weight": 6298.58935546875,
    "fc2.weight": 24.460500717163086,
    "norm2.running_var": 475.1036071777344,
  };
  for (const [name, sum] of Object.entries(sums)) {
    const found = toFloat32(burn.get(name) ?? assert.fail(name)).reduce((total, value) => total + Math.abs(value), 0);
    assert.ok(Math.abs(found / sum - 1) < 1e-5, `${name}: ${found}`);
  }
  t.diagnostic(`relative errors: fp16 ${errors[0].toExponential(1)}, bf16 ${errors[1].toExponential(1)}, others 0`);
});

test("every other safetensors file is read, every element", { skip }, (t) => {
  const files = globSync(join(assets, "{hf-tiny-random,torch-reader-cases}/**/*.safetensors"));
  let elements = 0;
  for (const file of files) {
    const { weights, provenance } = read(file);
    assert.deepEqual(provenance.notices, [], file);
    for (const tensor of weights.tensors.values()) {
      assert.ok(toFloat32(tensor).every(Number.isFinite));
      elements += elementCount(tensor.shape);
    }
  }
  assert.equal(files.length, 9);
  t.diagnostic(`${files.length} files, ${elements} elements`);
});

test("TensorFlow bundles are read, every element against its sum", { skip }, (t) => {
  const folder = join(assets, "tf-tensor-bundle-ultraface");
  let checked = 0;
  for (const file of [...globSync(join(folder, "**/*.index")), ...globSync(join(folder, "**/saved_model.pb"))]) {
    for (const tensor of read(file).weights.tensors.values()) {
      assert.equal(tensor.bytes().length > 0, true);
      checked++;
    }
  }
  const index = join(folder, "variables.index");
  const { tensors } = read(index).weights;
  assert.equal(tensors.size, 209);
  // Beside the variables there are a header and the object graph.
  assert.equal(readTable(fileSource(index)).size, 211);
  assert.deepEqual(tensors.get("layer_with_weights-0/kernel")?.shape, [3, 3, 3, 16]);
  t.diagnostic(`${checked} variables with correct sums`);
});

test("hostile files give their class, soon", { skip }, async (t) => {
  const folder = join(assets, "hostile-made");
  const manifest: { files: Record<string, { expect: string | readonly string[] }> } = JSON.parse(
    readFileSync(join(folder, "MANIFEST.json"), "utf8"),
  );
  const mine = /^(?:st_|lfs_|gguf_|empty\.pt|pt_html_|pt_truncated_zip|pt2_aotinductor_only)/;
  const files = Object.entries(manifest.files).filter(([name]) => mine.test(name));
  let slowest = 0;
  for (const [name, { expect }] of files) {
    await t.test(name, () => {
      const start = performance.now();
      const found = verdict(join(folder, name));
      slowest = Math.max(slowest, performance.now() - start);
      assert.ok([expect].flat().includes(found), `${name}: ${found}`);
    });
  }
  const megabytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(files.length >= 28 && slowest < 2000 && megabytes < 1024);
  t.diagnostic(`${files.length} files; slowest ${slowest.toFixed(1)} ms, process ${megabytes.toFixed(0)} MB`);
});

/** `ok`, or the class of the failure to read a file and every element of it. */
function verdict(path: string): string {
  try {
    for (const tensor of read(path).weights.tensors.values()) tensor.bytes();
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

/** What files are, by their paths; the first that fits counts. */
const kinds: readonly (readonly [RegExp, Identified])[] = [
  [/onnx_random_bytes\.onnx$/, "onnx"],
  [/\.onnx$/, "onnx"],
  [/(?:^|\/)lfs_pointer/, "git-lfs-pointer"],
  [/\.safetensors$/, "safetensors"],
  [/\.safetensors\.index\.json$/, "safetensors-index"],
  [/hf-tiny-random\/.*\/config\.json$/, "hf-config"],
  [/(?:tfjs|trainedModel|client).*\/model\.json$/, "tfjs"],
  [/\.json$/, "json"],
  [/\.(?:h5|hdf5)$/, "hdf5"],
  [/\.keras$/, "keras"],
  [/pt2_aotinductor_only\.pt2$/, "pt2-aotinductor"],
  [/\.pt2$/, "pt2"],
  [/(?:\.script|\.trace|\.ts\.pt|traced)/, "torchscript"],
  [/\.index$/, "tensorflow-bundle"],
  [/saved_model\.pb$/, "saved-model"],
  [/\.tflite$/, "tflite"],
  [/\.gguf$/, "gguf"],
  [/\.(?:png|jpg)$/, "image"],
  [/\.gz$/, "compressed"],
  [/test_data\/tar_[^/]*\.tar$/, "torch-tar"],
  [/\/(?:pt_plain_pickle\.pt|pt_sklearn_like\.pkl)$/, "pickle"],
  [/\/pt_truncated_zip\.pt$/, "half-written"],
  [/\/pt_html_error_page\.pt$/, "html"],
  [/hostile-made\/empty\.pt$/, "empty"],
  // Three letters.
  [/\/broken\.pt$/, "unknown"],
  [/drfrankenstein\/.*\.pt$|akamaster\/.*\.th$|legacy|convex-adversarial\/|donor-ultraface\/.*\.pth$/, "torch-legacy"],
  [/\.(?:pt|pth|ckpt|best|pth\.tar)$/, "torch-zip"],
  [/\.(?:bin|data|f32|csv|pb|data-00000-of-00001)$/, "unknown"],
];

/** Hostile archives whose list of members is refused already. */
const refusedArchives: ReadonlyMap<string, string> = new Map([
  ["pt_zip_bomb.pt", "zip/bomb"],
  ["pt_path_traversal.pt", "zip/path-traversal"],
  ["pt_duplicate_member.pt", "zip/duplicate-entry"],
]);

test("every file is known for what it is", { skip }, (t) => {
  const files = globSync(join(assets, "**/*")).filter((path) => statSync(path).isFile());
  const counts = new Map<string, number>();
  for (const file of files) {
    const path = relative(assets, file);
    const source = fileSource(file);
    const refused = refusedArchives.get(basename(path));
    if (refused !== undefined) assert.throws(() => identify(source), { code: refused });
    else {
      const [, expected] = kinds.find(([pattern]) => pattern.test(path)) ?? assert.fail(path);
      assert.equal(identify(source), expected, path);
      counts.set(expected, (counts.get(expected) ?? 0) + 1);
    }
    source.close();
  }
  t.diagnostic(`${files.length} files: ${[...counts].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
});

test("a safetensors file of 500 MB opens at once", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-large-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "model.safetensors");
  const tensors = 400;
  writeSparse(path, tensors, 1_250_000);
  // In a process of its own, so that the peak is that of reading alone.
  const script = `
    const { fileSource } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/compute/files.ts"))});
    const { readSafetensors } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/core/formats/safetensors/reader.ts"))});
    const start = performance.now();
    const { weights } = readSafetensors(fileSource(${JSON.stringify(path)}));
    const milliseconds = performance.now() - start;
    const tensor = weights.tensors.get("layer.7.weight");
    const sum = tensor.bytes().reduce((a, b) => a + b, 0);
    console.log(JSON.stringify({ milliseconds, count: weights.tensors.size, sum, megabytes: process.resourceUsage().maxRSS / 1024 }));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const { milliseconds, count, sum, megabytes } = JSON.parse(printed);
  assert.deepEqual([count, sum], [tensors, 0]);
  assert.ok(milliseconds < 1000 && megabytes < 200, printed);
  t.diagnostic(`${statSync(path).size} bytes: ${milliseconds.toFixed(1)} ms, ${megabytes.toFixed(0)} MB at the peak`);
});

/** Writes so many float32 tensors of so many bytes, all zero, without taking room on the disk. */
function writeSparse(path: string, tensors: number, bytes: number): void {
  const header = Object.fromEntries(
    Array.from({ length: tensors }, (_, i) => [
      `layer.${i}.weight`,
      { dtype: "F32", shape: [bytes / 4], data_offsets: [i * bytes, (i + 1) * bytes] },
    ]),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  writeSync(file, Buffer.concat([length, text]));
  ftruncateSync(file, 8 + text.length + tensors * bytes);
}
