import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import { rebatch } from "../../src/core/graph/rebatch.ts";
import { elementCount, float32Tensor } from "../../src/core/graph/tensor.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { runModel, type Values } from "../fixtures/onnxBackendTests.ts";
import { numbers } from "../fixtures/onnxPrograms.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");
const folders = [
  "donor-resnet20-exports",
  "donor-cifar10-resnet-robust",
  "donor-ultraface",
  "donor-yunet",
  "onnx-mnist-cntk",
  "onnx-super-resolution",
];
const tolerance = 1e-5;

/** Largest difference of one portion of an output from what the network gives for that portion, by the largest number. */
function worstOf(whole: Values, part: Values, portion: number): number {
  let [largest, worst] = [0, 0];
  for (let i = 0; i < part.data.length; i++) {
    const expected = Number(part.data[i]);
    largest = Math.max(largest, Math.abs(expected));
    worst = Math.max(worst, Math.abs(Number(whole.data[portion * part.data.length + i]) - expected));
  }
  return worst / (largest || 1);
}

test("a batch gives what portions of the file's own batch size give", { skip: withoutShared }, async (t) => {
  const files = folders.flatMap((folder) => readdirSync(join(assets, folder)).map((name) => join(folder, name)));
  for (const file of files.filter((name) => name.endsWith(".onnx"))) {
    const path = join(assets, file);
    const original = upgrade(readOnnx(fileSource(path), siblingFiles(dirname(path))));
    const declared = original.graph.inputs[0]?.shape ?? [];
    const sample = declared.slice(1).map((size) => (typeof size === "number" ? size : 64));
    const result = rebatch(original, sample);
    assert.equal(result.batch, "free", result.reason);
    assert.ok(result.program.graph.outputs.every(({ shape }) => shape?.[0] === "n"));

    const own = typeof declared[0] === "number" ? declared[0] : 1;
    const batch = own === 1 ? 5 : 3 * own;
    const all = numbers([batch, ...sample]);
    const width = elementCount(sample) * 4;
    const whole = await runModel(writeOnnx(result.program), [all]);
    let worst = 0;
    for (let portion = 0; portion * own < batch; portion++) {
      const bytes = all.bytes().slice(portion * own * width, (portion + 1) * own * width);
      const part = await runModel(writeOnnx(original), [
        float32Tensor([own, ...sample], new Float32Array(bytes.buffer)),
      ]);
      for (const [i, output] of part.entries()) worst = Math.max(worst, worstOf(whole[i]!, output, portion));
    }
    t.diagnostic(
      `${file} (batch ${declared[0]}): ${batch} samples at once, worst relative difference ${worst.toExponential(1)}`,
    );
    assert.ok(worst <= tolerance);
  }
});
