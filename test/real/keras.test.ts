import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type Dataset, File } from "jsfive";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { Failure } from "../../src/core/failure.ts";
import type { SiblingFiles } from "../../src/core/formats/byteSource.ts";
import type { Checkpoint } from "../../src/core/formats/checkpoint.ts";
import { openHdf5 } from "../../src/core/formats/hdf5/file.ts";
import { readKeras } from "../../src/core/formats/keras/reader.ts";
import { readKerasHdf5 } from "../../src/core/formats/keras/readHdf5.ts";
import { collect } from "../../src/core/formats/keras/treeWeights.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { readTfjs } from "../../src/core/formats/tfjs/reader.ts";
import { encodeUtf8 } from "../../src/core/formats/utf8.ts";
import { toFloat64 } from "../../src/core/graph/numbers.ts";
import type { Tensor } from "../../src/core/graph/tensor.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { folder } from "../fixtures/keras/modelFiles.ts";
import { type Numbers, type Result, runProgram, worstDifference } from "../fixtures/keras/run.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");

/** Any of the formats, by its name. */
function read(path: string, siblings: SiblingFiles = siblingFiles(dirname(path))): Checkpoint {
  const source = fileSource(path);
  if (path.endsWith(".keras")) return readKeras(source);
  return path.endsWith(".json") ? readTfjs(source, siblings) : readKerasHdf5(source, siblings);
}

/** The program of a checkpoint that has one. */
function programOf(checkpoint: Checkpoint) {
  assert.deepEqual(checkpoint.provenance.notices, []);
  return checkpoint.architecture!.program();
}

function floats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

/** Grey images of 28 × 28 of an IDX file: one channel, so that first and last are the same. */
function mnist(count: number, shape: readonly number[] = [28, 28, 1]): { images: Numbers; labels: Uint8Array } {
  const images = gunzipSync(readFileSync(join(assets, "data-mnist-test/t10k-images-idx3-ubyte.gz"))).subarray(16);
  const labels = gunzipSync(readFileSync(join(assets, "data-mnist-test/t10k-labels-idx1-ubyte.gz"))).subarray(8);
  const values = Float32Array.from(images.subarray(0, count * 784), (pixel) => pixel / 255);
  return { images: { shape: [count, ...shape], values }, labels };
}

function accuracy({ shape, values }: Result, labels: Uint8Array): number {
  const [count = 0, classes = 0] = shape;
  let right = 0;
  for (let i = 0; i < count; i++) {
    const row = values.slice(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right / count;
}

/** The description that a whole model of the same network has. */
function kwDescription(): Uint8Array {
  const model = JSON.parse(readFileSync(join(assets, "crossformat-kw/tfjs_mnist/model.json"), "utf8"));
  return encodeUtf8(JSON.stringify(model.modelTopology.model_config));
}

test("every Keras container of one network gives its logits", { skip: withoutShared }, async (t) => {
  const reference = join(assets, "reference-values/kw_mnist");
  const input = { shape: [4, 28, 28, 1], values: floats(`${reference}.input.f32`) };
  const expected = floats(`${reference}.logits.f32`);
  const beside = folder({ "config.json": kwDescription() });
  const files: Record<string, Checkpoint> = {
    "kw_mnist.keras": read(join(assets, "crossformat-kw/kw_mnist.keras")),
    "kw_mnist.keras2.h5": read(join(assets, "crossformat-kw/kw_mnist.keras2.h5")),
    "kw_mnist.weights.h5": read(join(assets, "crossformat-kw/kw_mnist.weights.h5"), beside),
    "tfjs_mnist/model.json": read(join(assets, "crossformat-kw/tfjs_mnist/model.json")),
  };
  for (const [name, checkpoint] of Object.entries(files)) {
    const [logits] = await runProgram(programOf(checkpoint), [input]);
    const worst = worstDifference(logits!.values, expected);
    assert.ok(worst <= 1e-4, `${name} differs by ${worst}`);
    t.diagnostic(`${name}: logits within ${worst.toExponential(1)} of the reference`);
  }
  assert.equal(files["kw_mnist.weights.h5"]!.architecture!.source, "config");
  const { images, labels } = mnist(2000);
  const [logits] = await runProgram(programOf(files["kw_mnist.keras"]!), [images]);
  const right = accuracy(logits!, labels);
  assert.ok(right >= 0.9745, `accuracy ${right}`);
  t.diagnostic(`kw_mnist.keras: accuracy ${right} on 2000 digits`);
});

test("the fashion network gives what its ONNX file gives", { skip: withoutShared }, async (t) => {
  const path = join(assets, "crossformat-kw/kw_fashion.onnx");
  const onnx = upgrade(readOnnx(fileSource(path), siblingFiles(dirname(path))));
  const { values } = mnist(64).images;
  const [expected] = await runProgram(onnx, [{ shape: [64, 1, 28, 28], values }]);
  for (const name of ["kw_fashion.keras", "kw_fashion.keras2.h5", "tfjs_fashion/model.json"]) {
    const program = programOf(read(join(assets, "crossformat-kw", name)));
    const [logits] = await runProgram(program, [{ shape: [64, 28, 28, 1], values }]);
    const worst = worstDifference(logits!.values, expected!.values);
    assert.ok(worst <= 1e-4, `${name} differs by ${worst}`);
    t.diagnostic(`${name}: logits within ${worst.toExponential(1)} of its ONNX file`);
  }
});

/** The network of AutoAttack's TensorFlow example; its weights file names the layers and not what they do. */
function autoAttackDescription(): Uint8Array {
  const conv = (name: string, more = {}) => ({
    class_name: "Conv2D",
    config: { name, filters: 16, kernel_size: [3, 3], padding: "same", activation: "relu", ...more },
  });
  const layers = [
    conv("clf/c1", { batch_input_shape: [null, 28, 28, 1] }),
    conv("clf/c2"),
    { class_name: "MaxPooling2D", config: { name: "clf/p1", pool_size: [2, 2] } },
    conv("clf/c3"),
    conv("clf/c4"),
    { class_name: "MaxPooling2D", config: { name: "clf/p2", pool_size: [2, 2] } },
    { class_name: "Flatten", config: { name: "clf/f1" } },
    { class_name: "Dense", config: { name: "clf/d1", units: 256, activation: "relu" } },
    { class_name: "Dense", config: { name: "clf/d2", units: 10 } },
    { class_name: "Activation", config: { name: "clf_output", activation: "softmax" } },
  ];
  return encodeUtf8(JSON.stringify({ class_name: "Sequential", config: { name: "clf", layers } }));
}

test("weights alone run with a description beside them", { skip: withoutShared }, async (t) => {
  const path = join(assets, "keras-weights-autoattack/tf_model.weight.h5");
  const alone = read(path);
  assert.equal(alone.architecture, undefined);
  assert.deepEqual([...alone.weights.tensors].map(([name, { shape }]) => `${name} ${shape.join("x")}`).slice(-2), [
    "clf/d2/kernel 256x10",
    "clf/d2/bias 10",
  ]);
  const described = read(path, folder({ "tf_model.json": autoAttackDescription() }));
  const { images, labels } = mnist(1000);
  const [logits] = await runProgram(programOf(described), [images]);
  const right = accuracy(logits!, labels);
  assert.ok(right > 0.97, `accuracy ${right}`);
  t.diagnostic(`tf_model.weight.h5: accuracy ${right} on 1000 digits`);
});

test("the epochs of a Keras 2 run open and run", { skip: withoutShared }, async (t) => {
  const run = join(assets, "keras2-fer2013-minixception");
  const values = Float32Array.from({ length: 2 * 64 * 64 }, (_, i) => Math.sin(i / 7));
  for (const name of readdirSync(run).filter((file) => file.endsWith(".hdf5"))) {
    const start = performance.now();
    const checkpoint = read(join(run, name));
    const seconds = (performance.now() - start) / 1000;
    assert.equal(checkpoint.weights.tensors.size, 80);
    const [output] = await runProgram(programOf(checkpoint), [{ shape: [2, 64, 64, 1], values }]);
    const sums = [0, 1].map((row) => output!.values.slice(7 * row, 7 * row + 7).reduce((a, b) => a + b, 0));
    assert.ok(sums.every((sum) => Math.abs(sum - 1) < 1e-5));
    t.diagnostic(`${name}: opened in ${seconds.toFixed(2)} s`);
  }
});

test("a model of somebody's own class shows its weights, and says why it does not run", { skip: withoutShared }, () => {
  const checkpoint = read(join(assets, "keras3-regression-fixture/pre_pr22362_nested_container.keras"));
  assert.deepEqual(
    checkpoint.provenance.notices.map(({ code }) => code),
    ["keras/unsupported-class"],
  );
  assert.equal(checkpoint.weights.tensors.size, 5);
  for (const tensor of checkpoint.weights.tensors.values()) assert.ok(toFloat64(tensor).every(Number.isFinite));
  assert.throws(() => checkpoint.architecture!.program(), { code: "keras/unsupported-class" });
});

test("TensorFlow.js examples open; the graph model's weights are readable", { skip: withoutShared }, async () => {
  const abalone = read(join(assets, "tfjs-small/abalone-node/trainedModel/model.json"));
  const values = [0, 0.455, 0.365, 0.095, 0.514, 0.2245, 0.101, 0.15];
  const [age] = await runProgram(programOf(abalone), [{ shape: [1, 8], values }]);
  // The first abalone of the data set it was trained on, of 15 rings.
  assert.ok(Math.abs(age!.values[0]! - 15) < 8, `age ${age!.values[0]}`);

  const graph = read(join(assets, "tfjs-small/angular-predictive-prefetching/client/src/assets/model.json"));
  assert.equal(graph.weights.tensors.size, 8);
  assert.throws(() => graph.architecture!.program(), { code: "tfjs/graph-model" });
});

test("every HDF5 file's numbers are those of another reader", { skip: withoutShared }, async (t) => {
  const folders = ["crossformat-kw", "keras-weights-autoattack", "keras2-fer2013-minixception"];
  const files = folders.flatMap((name) => readdirSync(join(assets, name)).map((file) => join(assets, name, file)));
  let compared = 0;
  for (const path of files.filter((file) => /\.(?:h5|hdf5)$/.test(file))) {
    const other = new File(new Uint8Array(readFileSync(path)).buffer);
    const tensors = new Map<string, Tensor>();
    collect(openHdf5(fileSource(path)), tensors);
    for (const [name, tensor] of tensors) {
      const found = other.get(name.replace(/(\/)(\d+)$/, "/vars/$2")) as Dataset;
      assert.deepEqual(tensor.shape, found.shape, name);
      assert.deepEqual([...toFloat64(tensor)], found.value, name);
      compared++;
    }
  }
  assert.ok(compared > 400);
  t.diagnostic(`${compared} data sets equal to jsfive's`);
});

interface Hostile {
  readonly expect: string | readonly string[];
  readonly warning?: string;
}

test("hostile HDF5, Keras and TensorFlow.js files are refused by name, soon and in little memory", {
  skip: withoutShared,
}, async (t) => {
  const home = join(assets, "hostile-made");
  const manifest: { files: Record<string, Hostile> } = JSON.parse(readFileSync(join(home, "MANIFEST.json"), "utf8"));
  const files = Object.entries(manifest.files).filter(([name]) => /^(?:h5|keras|tfjs)_/.test(name));
  let slowest = 0;
  for (const [name, { expect, warning }] of files) {
    await t.test(name, () => {
      const path = join(home, name);
      const start = performance.now();
      const found = verdict(() => {
        for (const tensor of read(path).weights.tensors.values()) tensor.bytes();
      });
      slowest = Math.max(slowest, performance.now() - start);
      assert.ok([expect].flat().includes(found), found);
      if (warning === undefined) return;
      const checkpoint = read(path);
      assert.deepEqual(
        checkpoint.provenance.notices.map(({ code }) => code),
        [warning],
      );
      assert.equal(
        verdict(() => checkpoint.architecture?.program()),
        warning,
      );
    });
  }
  const megabytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(files.length === 13 && slowest < 2000 && megabytes < 1024, `${files.length} files, ${slowest} ms`);
  t.diagnostic(
    `${files.length} files; the slowest took ${slowest.toFixed(1)} ms, the process ${megabytes.toFixed(0)} MB`,
  );
});

function verdict(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}
