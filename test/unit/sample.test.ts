import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";

const sample = join(import.meta.dirname, "../../media/sample");
const expectedFile = join(import.meta.dirname, "../fixtures/sample/expected.json");

interface Descriptor {
  readonly file: string;
  readonly shape: readonly [number, number, number, number];
  readonly scale: number;
  readonly labels: { readonly file: string };
}

interface Settings {
  readonly probe: string;
  readonly samples: number;
  readonly models: Record<string, { readonly preprocess: { readonly mean: number[]; readonly std: number[] } }>;
}

/** What PyTorch found; test/fixtures/sample/make_sample.py writes it. */
interface Expected {
  readonly networks: Record<
    string,
    { readonly accuracy: Record<string, number>; readonly logits: Record<string, readonly (readonly number[])[]> }
  >;
  readonly cka: Record<string, { readonly samples: number; readonly taps: string[]; readonly pairs: readonly Pair[] }>;
}

interface Pair {
  readonly rows: string;
  readonly columns: string;
  readonly "cka.linear.unbiased": readonly (readonly number[])[];
  readonly "cka.linear.biased": readonly (readonly number[])[];
}

const probes = ["creatures", "mixed-ears", "mixed-tail"];
const expected = json<Expected>(expectedFile);
const settings = json<Settings>(join(sample, "likeness.json"));

test("the sample stays under 3 MB", () => {
  const sizes = filesOfSample().map((file) => statSync(join(sample, file)).size);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 3_000_000);
});

test("the sample holds the networks that its figures speak of, and no other", () => {
  const networks = filesOfSample().filter((file) => file.endsWith(".onnx"));
  assert.deepEqual(networks.sort(), Object.keys(expected.networks).sort());
});

test("likeness.json names a probe that is there, with enough samples", () => {
  assert.ok(settings.samples <= descriptor(settings.probe).shape[0]);
});

for (const probe of probes) {
  test(`${probe}: images and labels have the sizes that the descriptor says`, () => {
    const { file, shape, labels } = descriptor(`${probe}.probe.json`);
    assert.equal(statSync(join(sample, file)).size, shape[0] * shape[1] * shape[2] * shape[3]);
    const kinds = readFileSync(join(sample, labels.file));
    assert.equal(kinds.length, shape[0]);
    assert.deepEqual([...new Set(kinds)].sort(), [0, 1, 2, 3]);
  });
}

for (const [network, { accuracy, logits }] of Object.entries(expected.networks)) {
  test(`${network}: ONNX Runtime gives the accuracies and logits that PyTorch gave`, async () => {
    const session = await InferenceSession.create(join(sample, network), { intraOpNumThreads: 1 });
    for (const probe of probes) {
      const { images, labels } = readProbe(probe);
      const output = (await session.run({ image: images })).logits;
      assert.ok(output);
      const scores = rows(output);
      const right = scores.filter((row, sample) => row.indexOf(Math.max(...row)) === labels[sample]);
      assert.equal(right.length / scores.length, accuracy[probe]);
      const first = logits[probe.replace(/-.*/, "")] ?? [];
      assert.equal(first.length, 8);
      first.forEach((row, sample) => {
        row.forEach((value, kind) => {
          assert.ok(Math.abs(value - (scores[sample]?.[kind] ?? Number.NaN)) < 1e-4);
        });
      });
    }
    await session.release();
  });
}

test("where ears and tails go together, networks of either look alike; where they do not, only equals do", () => {
  for (const tap of ["pool", "fc"]) {
    const [seeds, confound] = sameTap("creatures", tap);
    const [seedsMixed, confoundMixed] = sameTap("mixed", tap);
    assert.ok(seeds > 0.85 && seedsMixed > 0.85);
    assert.ok(confound > 0.7 && Math.abs(confoundMixed) < 0.1);
  }
});

/** Unbiased CKA of a tap with itself in the other network: two seeds for the ears, and ears against tail. */
function sameTap(probe: string, tap: string): [number, number] {
  const { taps, pairs } = expected.cka[probe] ?? assert.fail(`no figures for ${probe}`);
  const at = taps.indexOf(tap);
  const [seeds, features] = pairs.map((pair) => pair["cka.linear.unbiased"][at]?.[at] ?? Number.NaN);
  return [seeds ?? Number.NaN, features ?? Number.NaN];
}

function filesOfSample(): string[] {
  return readdirSync(sample, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("__pycache__"))
    .map((entry) => join(entry.parentPath, entry.name).slice(sample.length + 1));
}

function descriptor(file: string): Descriptor {
  return json<Descriptor>(join(sample, file));
}

/** A probe's images as the networks take them, n × 3 × 32 × 32, and its labels. */
function readProbe(probe: string): { images: Tensor; labels: Uint8Array } {
  const { file, shape, scale, labels } = descriptor(`${probe}.probe.json`);
  const [model] = Object.values(settings.models);
  assert.ok(model);
  const { mean, std } = model.preprocess;
  const pixels = readFileSync(join(sample, file));
  const [n, height, width, channels] = shape;
  const values = new Float32Array(pixels.length);
  for (let sample = 0, to = 0; sample < n; sample++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let place = 0; place < height * width; place++, to++) {
        const pixel = pixels[(sample * height * width + place) * channels + channel] ?? Number.NaN;
        values[to] = (pixel * scale - (mean[channel] ?? Number.NaN)) / (std[channel] ?? Number.NaN);
      }
    }
  }
  return {
    images: new Tensor("float32", values, [n, channels, height, width]),
    labels: readFileSync(join(sample, labels.file)),
  };
}

/** The rows of an n × k tensor of floats. */
function rows(tensor: Tensor): number[][] {
  const [n = 0, k = 0] = tensor.dims;
  const data = tensor.data as Float32Array;
  return Array.from({ length: n }, (_, row) => [...data.subarray(row * k, (row + 1) * k)]);
}

function json<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
