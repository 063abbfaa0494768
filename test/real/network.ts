import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { onnxRuntime } from "../../src/compute/backends/onnxRuntime.ts";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { runnableProgram } from "../../src/compute/models/runnable.ts";
import type { Checkpoint, WeightSet } from "../../src/core/formats/checkpoint.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { readSafetensors } from "../../src/core/formats/safetensors/reader.ts";
import { readTorch } from "../../src/core/formats/torch/reader.ts";
import type { Program } from "../../src/core/graph/graph.ts";
import { toFloat32 } from "../../src/core/graph/numbers.ts";
import { computed } from "../../src/core/graph/tensorViews.ts";
import { sharedFolder } from "./shared.ts";

/** Files beside the repository, by their path under `assets`, and ways to run what is in them. */

/** The whole path of an asset. */
export function asset(path: string): string {
  return join(sharedFolder() ?? "", "assets", path);
}

/** Float32 numbers of a file. */
export function numbersOf(path: string): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(readFileSync(asset(path))).buffer);
}

/** The graph of an ONNX file. */
export function graphOf(path: string): Program {
  return readOnnx(fileSource(asset(path)), siblingFiles(dirname(asset(path))));
}

/** A checkpoint of PyTorch's or a safetensors file. */
export function checkpointOf(path: string): Checkpoint {
  const source = fileSource(asset(path));
  return path.endsWith(".safetensors") ? readSafetensors(source) : readTorch(source);
}

/** The weights of a checkpoint, moved a little: another epoch, as far as a donor can tell. */
export function perturbed(weights: WeightSet): WeightSet {
  const tensors = [...weights.tensors].map(([name, tensor], index) => {
    if (tensor.dtype !== "float32") return [name, tensor] as const;
    const moved = () => toFloat32(tensor).map((value, i) => value * (1 + 0.1 * Math.sin(7 * i + index) ** 2));
    return [name, computed(tensor.shape, moved)] as const;
  });
  return { ...weights, tensors: new Map(tensors) };
}

/** A program at the internal operator set that takes any number of samples. */
export function ready(program: Program): Program {
  return runnableProgram({ path: "network", program }).program;
}

/** The values of a program, its outputs unless named, for one batch. */
export function run(
  program: Program,
  shape: readonly number[],
  data: Float32Array<ArrayBuffer>,
  values?: readonly string[],
): Promise<readonly Float32Array[]> {
  return runReady(ready(program), shape, data, values);
}

/** As {@link run}, of a program that is {@link ready}. */
export async function runReady(
  program: Program,
  shape: readonly number[],
  data: Float32Array<ArrayBuffer>,
  values: readonly string[] = program.graph.outputs.map(({ name }) => name),
): Promise<readonly Float32Array[]> {
  const outputs = values.map((name) => ({ name, dtype: "float32" as const, shape: undefined }));
  const session = await onnxRuntime("auto", 1).load({ ...program, graph: { ...program.graph, outputs } });
  try {
    const results = await session.run(new Map([[program.graph.inputs[0]!.name, { shape, data }]]));
    return values.map((name) => results.get(name)!.data as Float32Array);
  } finally {
    await session.release();
  }
}

/** Largest |a − b|; NaN where there are not as many. */
export function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

/** The lossless CIFAR-10 test images as the networks take them, (x − mean) / std on [0, 1], and their labels. */
export function cifarImages(
  mean: readonly number[],
  std: readonly number[],
): { readonly images: Float32Array<ArrayBuffer>; readonly labels: Uint8Array; readonly count: number } {
  const pixels = readFileSync(asset("data-cifar10-lossless/images-u8-nhwc.bin"));
  const labels = readFileSync(asset("data-cifar10-lossless/labels-u8.bin"));
  const images = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const [image, pixel, channel] = [Math.floor(i / 3072), Math.floor((i % 3072) / 3), i % 3];
    const [m, s] = [mean[channel % mean.length] ?? 0, std[channel % std.length] ?? 1];
    images[image * 3072 + channel * 1024 + pixel] = (pixels[i]! / 255 - m) / s;
  }
  return { images, labels, count: labels.length };
}

/** The first test images of MNIST as the network takes them, and their labels. */
export function mnistImages(
  count: number,
  mean: number,
  std: number,
): { readonly images: Float32Array<ArrayBuffer>; readonly labels: Uint8Array } {
  const [pixels, labels] = ["images-idx3", "labels-idx1"].map((name) =>
    gunzipSync(readFileSync(asset(`data-mnist-test/t10k-${name}-ubyte.gz`))),
  );
  const images = Float32Array.from(pixels!.subarray(16, 16 + 784 * count), (pixel) => (pixel / 255 - mean) / std);
  return { images, labels: labels!.subarray(8, 8 + count) };
}

/** Fraction of rows of ten whose largest number is at the label. */
export function accuracy(logits: Float32Array, labels: Uint8Array): number {
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const row = logits.subarray(10 * i, 10 * i + 10);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  return right / labels.length;
}
