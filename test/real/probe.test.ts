import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileSource } from "../../src/compute/files.ts";
import { openSource } from "../../src/compute/probe/openSource.ts";
import { openProbe } from "../../src/compute/probe/probe.ts";
import { openZip } from "../../src/core/formats/zip.ts";
import { fit } from "../../src/core/probe/layout.ts";
import { prepare } from "../../src/core/probe/preprocessing.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");
const folder = mkdtempSync(join(tmpdir(), "likeness-probe-"));
after(() => rmSync(folder, { recursive: true }));

test("MNIST: 10 000 gzipped images and their labels", { skip: withoutShared }, (t) => {
  const images = join(assets, "data-mnist-test", "t10k-images-idx3-ubyte.gz");
  const { facts } = manifest("data-mnist-test");
  const probe = openProbe(images, { samples: 10_000 });
  assert.deepEqual([probe.samples, probe.sampleShape, probe.warnings], [10_000, [1, 28, 28], []]);
  assert.ok(probe.labels);
  assert.deepEqual([...probe.labels.subarray(0, 10)], facts.first_labels);
  assert.deepEqual(histogram(probe.labels), facts.label_hist);
  const { mean, std } = moments(probe.read(0, 10_000));
  t.diagnostic(`mean ${mean} (stated ${facts.mean}), standard deviation ${std} (stated ${facts.std})`);
  // The stated values were computed in another precision.
  assert.ok(Math.abs(mean - facts.mean) < 1e-8 && Math.abs(std - facts.std) < 1e-8);
});

test("CIFAR-10: bytes with channels last through a descriptor, as a model takes them", { skip: withoutShared }, (t) => {
  const data = join(assets, "data-cifar10-lossless");
  const { facts } = manifest("data-cifar10-lossless");
  const descriptor = join(folder, "cifar10.probe.json");
  const normalisation = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
  writeFileSync(
    descriptor,
    JSON.stringify({
      file: join(data, "images-u8-nhwc.bin"),
      dtype: "uint8",
      shape: [536, 32, 32, 3],
      layout: "NHWC",
      scale: 0.00392156862745098,
      ...normalisation,
      labels: { file: join(data, "labels-u8.bin"), dtype: "uint8" },
    }),
  );
  const probe = openProbe(descriptor, { samples: 536 });
  assert.deepEqual([probe.sampleShape, probe.normalisation, probe.warnings], [[3, 32, 32], normalisation, []]);
  assert.ok(probe.labels);
  assert.deepEqual(histogram(probe.labels), facts.per_class);
  const values = probe.read(0, 536);
  const means = [0, 1, 2].map((channel) => moments(values.filter((_, i) => Math.floor(i / 1024) % 3 === channel)).mean);
  t.diagnostic(`channel means ${means.map((mean) => mean.toFixed(4))} (stated ${facts.mean})`);
  for (const [channel, mean] of means.entries()) assert.ok(Math.abs(mean - facts.mean[channel]) < 5e-5);
  const stored = readFileSync(join(data, "images-u8-nhwc.bin"));
  const input = prepare(values, 536, fit(probe.sampleShape, ["n", 32, 32, 3]), normalisation);
  for (let i = 0; i < stored.length; i++) {
    const channel = i % 3;
    const exact = (stored[i]! / 255 - normalisation.mean[channel]!) / normalisation.std[channel]!;
    // Two roundings to float32, of the pixel and of the result.
    assert.ok(Math.abs(input[i]! - exact) <= 2 ** -24 * (1 / normalisation.std[channel]! + Math.abs(exact)));
  }
});

test("Fashion-MNIST: raw grey images without a channel axis fit a model that has one", { skip: withoutShared }, () => {
  const data = join(assets, "data-fashion-mnist");
  const descriptor = join(folder, "fashion.probe.json");
  const labels = { file: join(data, "sprite-900-labels-u8.bin"), dtype: "uint8" };
  const images = { file: join(data, "sprite-900-images-u8.bin"), dtype: "uint8", shape: [900, 28, 28], scale: 1 / 255 };
  writeFileSync(descriptor, JSON.stringify({ ...images, labels }));
  const probe = openProbe(descriptor, { samples: 900 });
  assert.ok(probe.labels);
  assert.deepEqual(histogram(probe.labels), new Array(10).fill(90));
  const conversion = fit(probe.sampleShape, ["n", 1, 28, 28]);
  const stored = readFileSync(images.file);
  assert.deepEqual(
    prepare(probe.read(0, 900), 900, conversion, { mean: [], std: [] }),
    Float32Array.from(stored, (byte) => byte / 255),
  );
});

test("lossless PNG images are the CIFAR-10 images that the raw file has", { skip: withoutShared }, (t) => {
  const raw = readFileSync(join(assets, "data-cifar10-lossless", "images-u8-nhwc.bin"));
  const known = new Set(Array.from({ length: 536 }, (_, i) => sha256(raw.subarray(i * 3072, (i + 1) * 3072))));
  const png = openSource(join(assets, "data-foolbox-samples"), { samples: 80, imageSize: [32, 32] });
  const nhwc = fit([3, 32, 32], ["n", 32, 32, 3]);
  // In natural order the CIFAR-10 images come before the CIFAR-100 ones.
  const found = Array.from({ length: 20 }, (_, i) =>
    Uint8Array.from(prepare(png.read(i, 1), 1, nhwc, { mean: [], std: [] })),
  );
  assert.ok(found.every((image) => known.has(sha256(image))));
  t.diagnostic("20 of 20 found bit for bit");
});

test("photographs are decoded, scaled and cropped to torchvision's bytes", { skip: withoutShared }, (t) => {
  const images = join(assets, "data-foolbox-samples");
  // Prints the SHA-256 of each image as torchvision shows it to a network, in the order of the files' names.
  const script = `
import glob, hashlib, sys
import numpy as np
from PIL import Image, features
from torchvision import transforms as T
view = T.Compose([T.Resize(224), T.CenterCrop(224)])
print("Pillow with libjpeg-turbo", features.version("libjpeg_turbo"))
for path in sorted(glob.glob(sys.argv[1] + "/imagenet_*.jpg")):
    print(hashlib.sha256(np.asarray(view(Image.open(path).convert("RGB"))).tobytes()).hexdigest())
`;
  const python = spawnSync("/usr/bin/python3", ["-c", script, images], { encoding: "utf8" });
  if (python.status !== 0) {
    t.skip("not run: Python with Pillow and torchvision is not there");
    return;
  }
  const [decoder, ...expected] = python.stdout.trim().split("\n");
  const source = openSource(images, { samples: 80, imageSize: [224, 224] });
  const nhwc = fit([3, 224, 224], ["n", 224, 224, 3]);
  const ours = expected.map((_, i) =>
    sha256(Uint8Array.from(prepare(source.read(40 + i, 1), 1, nhwc, { mean: [], std: [] }))),
  );
  assert.equal(expected.length, 20);
  assert.deepEqual(ours, expected);
  t.diagnostic(`20 of 20 photographs bit for bit, against ${decoder}`);
});

test("hostile archives are refused by name", { skip: withoutShared }, (t) => {
  const files: Readonly<Record<string, { expect: string | string[] }>> = manifest("hostile-made").files;
  const zips = Object.entries(files).flatMap(([file, { expect }]) => {
    const code = [expect].flat().find((one) => one.startsWith("zip/"));
    return code === undefined ? [] : [{ file, code }];
  });
  assert.ok(zips.length > 0);
  for (const { file, code } of zips) {
    const source = fileSource(join(assets, "hostile-made", file));
    assert.throws(() => openZip(source), { code }, file);
    source.close();
  }
  t.diagnostic(zips.map(({ file, code }) => `${file}: ${code}`).join(", "));
});

function manifest(name: string) {
  return JSON.parse(readFileSync(join(assets, name, "MANIFEST.json"), "utf8"));
}

function histogram(labels: Int32Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

function moments(values: Float32Array): { mean: number; std: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, std: Math.sqrt(squares / values.length - mean * mean) };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
