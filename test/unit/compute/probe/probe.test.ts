import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { encode } from "fast-png";
import { zipSync } from "fflate";
import { openProbe, syntheticProbe } from "../../../../src/compute/probe/probe.ts";
import { writeNpy } from "../../../../src/core/formats/npy.ts";

const folder = mkdtempSync(join(tmpdir(), "likeness-probe-"));
after(() => rmSync(folder, { recursive: true }));

test("reads a .npy in pieces, in file order, the first N", () => {
  const values = Float32Array.from({ length: 40 * 5 }, (_, i) => i / 3);
  const probe = openProbe(npy("x.npy", "float32", [40, 5], values), { samples: 36 });
  assert.deepEqual([probe.samples, probe.sampleShape, probe.kind, probe.warnings], [36, [5], "values", []]);
  assert.deepEqual(probe.read(34, 2), values.subarray(170, 180));
  assert.throws(() => probe.read(34, 3), RangeError);
  assert.equal(probe.labels, undefined);
  probe.close();
  assert.deepEqual(probe.read(0, 1), values.subarray(0, 5));
  probe.close();
});

test("says when there are fewer samples than asked, or none", () => {
  const codes = (path: string, samples: number): string[] =>
    openProbe(path, { samples }).warnings.map((warning) => warning.code);
  const ten = npy("ten.npy", "float32", [10, 2], new Float32Array(20));
  assert.deepEqual(codes(ten, 512), ["probe/fewer-samples"]);
  assert.deepEqual(codes(ten, 10), []);
  assert.throws(() => openProbe(npy("none.npy", "float32", [4, 0], new Float32Array()), { samples: 4 }), {
    code: "probe/no-samples",
  });
});

test("stored images with channels last come channels first", () => {
  const last = npy(
    "last.npy",
    "float32",
    [4, 2, 2, 3],
    Float32Array.from({ length: 48 }, (_, i) => i),
  );
  const probe = openProbe(last, { samples: 4 });
  assert.deepEqual([probe.kind, probe.sampleShape], ["image", [3, 2, 2]]);
  assert.deepEqual([...probe.read(1, 1)], [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23]);
  const first = npy("first.npy", "float32", [4, 3, 2, 2], new Float32Array(48));
  assert.deepEqual(openProbe(first, { samples: 4 }).sampleShape, [3, 2, 2]);
});

test("rows of whole numbers are token ids", () => {
  const ids = new BigInt64Array(4 * 7).fill(50_256n);
  const probe = openProbe(npy("ids.npy", "int64", [4, 7], ids), { samples: 4 });
  assert.deepEqual([probe.kind, probe.sampleShape, probe.read(3, 1)[6]], ["tokens", [7], 50_256]);
});

test("takes inputs and labels from a .npz", () => {
  const x = writeNpy("float32", [5, 2], new Uint8Array(40));
  const labels = (values: bigint[]): Uint8Array =>
    writeNpy("int64", [values.length, 1], new Uint8Array(BigInt64Array.from(values).buffer));
  const probe = openProbe(file("x.npz", zipSync({ "x.npy": x, "y.npy": labels([4n, 3n, 2n, 1n, 0n]) })), {
    samples: 4,
  });
  assert.deepEqual([...(probe.labels ?? [])], [4, 3, 2, 1]);
  const short = file("short.npz", zipSync({ "x.npy": x, "y.npy": labels([1n]) }));
  assert.throws(() => openProbe(short, { samples: 4 }), { code: "probe/labels" });
});

test("reads IDX in [0, 1] with the labels beside it", () => {
  const images = file("digits/t10k-images-idx3-ubyte", idx([4, 2, 2], [0, 51, 255, 1, ...new Array(12).fill(2)]));
  assert.equal(openProbe(images, { samples: 4 }).labels, undefined);
  file("digits/t10k-labels-idx1-ubyte", idx([4], [7, 2, 1, 0]));
  const probe = openProbe(images, { samples: 4 });
  assert.deepEqual(
    [probe.sampleShape, [...(probe.labels ?? [])]],
    [
      [1, 2, 2],
      [7, 2, 1, 0],
    ],
  );
  assert.deepEqual([...probe.read(0, 1)], [0, 0.2, 1, 1 / 255].map(Math.fround));
});

test("scaling by 1/255 gives what division in float32 gives, for every byte", () => {
  const path = file(
    "all/images-idx3-ubyte",
    idx(
      [4, 8, 8],
      Array.from({ length: 256 }, (_, i) => i),
    ),
  );
  assert.deepEqual(
    openProbe(path, { samples: 4 }).read(0, 4),
    Float32Array.from({ length: 256 }, (_, i) => i / 255),
  );
});

test("reads CIFAR binaries in [0, 1] with their labels", () => {
  const path = file(
    "data_batch_1.bin",
    Buffer.concat([5, 6, 7, 8].flatMap((label) => [Buffer.of(label), Buffer.alloc(3072, 255)])),
  );
  const probe = openProbe(path, { samples: 4 });
  assert.deepEqual(
    [probe.sampleShape, [...(probe.labels ?? [])]],
    [
      [3, 32, 32],
      [5, 6, 7, 8],
    ],
  );
  assert.deepEqual(new Set(probe.read(0, 4)), new Set([1]));
});

test("follows a descriptor to raw numbers, labels, scale and preprocessing", () => {
  file(
    "raw/images.bin",
    Uint8Array.from({ length: 4 * 2 * 1 * 3 }, (_, i) => i),
  );
  file("raw/labels.bin", Uint8Array.of(3, 1, 4, 1));
  const text = {
    file: "images.bin",
    dtype: "uint8",
    shape: [4, 2, 1, 3],
    layout: "NHWC",
    scale: 0.5,
    mean: [1, 2, 3],
    std: [4, 5, 6],
    labels: { file: "labels.bin", dtype: "uint8" },
  };
  const probe = openProbe(file("raw/a.probe.json", JSON.stringify(text)), { samples: 4 });
  assert.deepEqual(
    [probe.sampleShape, [...(probe.labels ?? [])]],
    [
      [3, 2, 1],
      [3, 1, 4, 1],
    ],
  );
  assert.deepEqual([...probe.read(1, 1)], [3, 4.5, 3.5, 5, 4, 5.5]);
  assert.deepEqual(probe.normalisation, { mean: [1, 2, 3], std: [4, 5, 6] });
  const wrong = file("raw/b.probe.json", JSON.stringify({ ...text, shape: [4, 2, 1, 2] }));
  assert.throws(() => openProbe(wrong, { samples: 4 }), { code: "probe/size" });
  const more = file("raw/c.probe.json", JSON.stringify({ ...text, shape: [5, 2, 1, 3] }));
  assert.throws(() => openProbe(more, { samples: 4 }), { code: "probe/truncated" });
  const circle = file("raw/d.probe.json", JSON.stringify({ file: "d.probe.json" }));
  assert.throws(() => openProbe(circle, { samples: 4 }), { code: "probe/descriptor", message: /another/ });
  const missing = file("raw/e.probe.json", JSON.stringify({ file: "nowhere.npy" }));
  assert.throws(() => openProbe(missing, { samples: 4 }), { code: "file/missing" });
});

test("a descriptor may add to a file that describes itself", () => {
  npy(
    "raw/x.npy",
    "float32",
    [4, 3, 1, 3],
    Float32Array.from({ length: 36 }, (_, i) => i),
  );
  const descriptor = file("raw/x.probe.json", JSON.stringify({ file: "x.npy", layout: "NHWC", scale: 2 }));
  const probe = openProbe(descriptor, { samples: 4 });
  assert.deepEqual(
    [probe.sampleShape, [...probe.read(0, 1)]],
    [
      [3, 3, 1],
      [0, 6, 12, 2, 8, 14, 4, 10, 16],
    ],
  );
});

test("reads a folder of images in natural order, grey unless some have colour", () => {
  for (const i of [1, 2, 10, 11]) image(`grey/img${i}.png`, 2, 1, 1, i);
  const grey = openProbe(join(folder, "grey"), { samples: 4 });
  assert.deepEqual(
    [grey.sampleShape, [...grey.read(0, 4)]],
    [[1, 1, 2], [1, 1, 2, 2, 10, 10, 11, 11].map((byte) => Math.fround(byte / 255))],
  );
  image("grey/img3.png", 2, 1, 3, 9);
  file("grey/.hidden.png", "");
  file("grey/note.txt", "");
  file("grey/other.webp", "");
  const mixed = openProbe(join(folder, "grey"), { samples: 5 });
  assert.deepEqual(mixed.sampleShape, [3, 1, 2]);
  assert.deepEqual(mixed.read(1, 1), new Float32Array(6).fill(2 / 255));
  assert.deepEqual(
    mixed.warnings.map(({ code }) => code),
    ["probe/skipped-files"],
  );
});

test("class subfolders become labels, in plain order of their names as torchvision numbers them", () => {
  for (const name of ["2", "10", "1"]) for (const i of [1, 2]) image(`classes/${name}/${i}.png`, 1, 1, 1, Number(name));
  const probe = openProbe(join(folder, "classes"), { samples: 6 });
  assert.deepEqual([...(probe.labels ?? [])], [0, 0, 1, 1, 2, 2]);
  assert.deepEqual(
    [...probe.read(0, 6)],
    [1, 1, 10, 10, 2, 2].map((byte) => Math.fround(byte / 255)),
  );
  const first = openProbe(join(folder, "classes"), { samples: 4 });
  assert.deepEqual(
    first.warnings.map(({ code }) => code),
    ["probe/few-classes"],
  );
});

test("images of several sizes need to know which one", () => {
  for (const i of [1, 2, 3, 4]) image(`sizes/${i}.png`, 4 * i, 4, 1, 100);
  assert.throws(() => openProbe(join(folder, "sizes"), { samples: 4 }), {
    code: "probe/image-sizes",
    message: /4 × 4, 4 × 8/,
  });
  const probe = openProbe(join(folder, "sizes"), { samples: 4, imageSize: [2, 2] });
  assert.deepEqual(probe.read(0, 4), new Float32Array(16).fill(100 / 255));
  assert.deepEqual(
    probe.warnings.map(({ code }) => code),
    ["probe/resized"],
  );
});

test("a damaged image is named when it is reached, a folder without images at once", () => {
  for (const i of [1, 2, 3, 4]) image(`damaged/${i}.png`, 2, 2, 1, i);
  const path = join(folder, "damaged", "4.png");
  file(
    "damaged/4.png",
    Buffer.from(encode({ width: 2, height: 2, channels: 1, depth: 8, data: new Uint8Array(4) })).subarray(0, 45),
  );
  const probe = openProbe(join(folder, "damaged"), { samples: 4 });
  probe.read(0, 3);
  assert.throws(() => probe.read(3, 1), { code: "image/damaged", file: path });
  file("damaged/4.png", "not an image at all, really");
  assert.throws(() => openProbe(join(folder, "damaged"), { samples: 4 }), { code: "image/unknown-format", file: path });
  mkdirSync(join(folder, "empty"));
  assert.throws(() => openProbe(join(folder, "empty"), { samples: 4 }), { code: "probe/no-images" });
});

test("other files are refused by what they are", () => {
  for (const [name, content, code] of [
    ["x.txt", "hello, world", "probe/unknown-format"],
    ["x.bin", "hello, world", "cifar/not-cifar"],
    ["x.json", "hello", "probe/descriptor"],
    ["pointer.npy", "version https://git-lfs.github.com/spec/v1\n", "git-lfs-pointer"],
    ["empty.npy", "", "probe/unknown-format"],
  ] as const) {
    assert.throws(() => openProbe(file(name, content), { samples: 4 }), { code }, name);
  }
  assert.throws(() => openProbe(join(folder, "nowhere"), { samples: 4 }), { code: "file/missing" });
});

test("the digest is of what is stored, how it is read, order and labels, not of the file that holds them", () => {
  const values = Float32Array.from({ length: 4 * 3 * 2 * 2 }, (_, i) => i);
  const digest = (path: string, samples = 4): string => openProbe(path, { samples }).digest;
  const plain = digest(npy("d/a.npy", "float32", [4, 3, 2, 2], values));
  assert.match(plain, /^[0-9a-f]{64}$/);
  assert.equal(digest(npy("d/b.npy", "float32", [4, 3, 2, 2], values)), plain);
  // The same values stored otherwise are another probe: telling them apart costs a fourth of reading them as numbers.
  assert.notEqual(digest(npy("d/w.npy", "float64", [4, 3, 2, 2], Float64Array.from(values))), plain);
  assert.notEqual(digest(npy("d/c.npy", "float32", [4, 3, 2, 2], values.toReversed())), plain);
  assert.notEqual(digest(npy("d/e.npy", "float32", [4, 3, 4, 1], values)), plain);
  file("d/labels.bin", Uint8Array.of(0, 1, 2, 3));
  const labels = { file: "labels.bin", dtype: "uint8" };
  assert.notEqual(digest(file("d/f.probe.json", JSON.stringify({ file: "a.npy", labels }))), plain);
  assert.equal(digest(file("d/g.probe.json", JSON.stringify({ file: "a.npy", scale: 1 }))), plain);
  assert.notEqual(digest(file("d/h.probe.json", JSON.stringify({ file: "a.npy", scale: 2 }))), plain);
  const longer = npy(
    "d/i.npy",
    "float32",
    [5, 3, 2, 2],
    Float32Array.from({ length: 60 }, (_, i) => i),
  );
  assert.equal(digest(longer), plain);
});

test("the digest of a file that has not changed is known; of one that has, it is made anew", () => {
  const digest = (samples: number): string => openProbe(join(folder, "d/same.npy"), { samples }).digest;
  const write = (first: number, changed: number): void => {
    const path = npy("d/same.npy", "float32", [4, 2], Float32Array.of(first, 1, 2, 3, 4, 5, 6, 7));
    utimesSync(path, changed, changed);
  };
  write(0, 1000);
  const before = digest(4);
  // What nobody does: other bytes behind the same time show that they were not read again.
  write(9, 1000);
  assert.equal(digest(4), before);
  assert.notEqual(digest(3), before);
  write(9, 2000);
  assert.notEqual(digest(4), before);
  write(0, Date.now() / 1000);
  assert.equal(digest(4), before);
});

test("without a probe there are made-up images, and they say so", () => {
  const probe = openProbe(undefined, { samples: 40, syntheticShape: [1, 8, 8], seed: 3 });
  assert.deepEqual([probe.synthetic, probe.path, probe.sampleShape], [true, "synthetic", [1, 8, 8]]);
  assert.deepEqual(
    probe.warnings.map(({ code }) => code),
    ["probe/synthetic"],
  );
  assert.deepEqual(probe.read(7, 1), probe.read(0, 40).subarray(7 * 64, 8 * 64));
  assert.equal(probe.digest, syntheticProbe([1, 8, 8], 40, 3).digest);
  assert.notEqual(probe.digest, syntheticProbe([1, 8, 8], 40, 4).digest);
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function npy(name: string, dtype: "float32" | "float64" | "int64", shape: number[], values: ArrayBufferView): string {
  return file(name, writeNpy(dtype, shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
}

function idx(shape: readonly number[], data: readonly number[]): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 0x08, shape.length]);
  for (const [axis, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([head, Buffer.from(data)]);
}

function image(name: string, width: number, height: number, channels: 1 | 3, value: number): void {
  const data = new Uint8Array(width * height * channels).fill(value);
  file(name, encode({ width, height, channels, depth: 8, data }));
}
