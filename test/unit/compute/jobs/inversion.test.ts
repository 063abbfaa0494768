import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { decode, encode } from "fast-png";
import { compare } from "../../../../src/compute/jobs/compare.ts";
import { inversionCosts } from "../../../../src/compute/jobs/inversionCosts.ts";
import { invert } from "../../../../src/compute/jobs/invert.ts";
import { Failure } from "../../../../src/core/failure.ts";
import type { InversionReport, Matrix } from "../../../../src/core/report/report.ts";
import { validReport } from "../../../../src/core/report/validate.ts";
import type { InvertParams, Progress } from "../../../../src/protocol/compute.ts";
import { temporaryFolder } from "./checkpoint.ts";

const sample = resolve(import.meta.dirname, "../../../../media/sample");
const [ears, tail] = ["ears-seed0.onnx", "tail-seed0.onnx"].map((name) => join(sample, name)) as [string, string];
const probe = { path: join(sample, "creatures.probe.json"), samples: 8 };
const nobody = new AbortController().signal;

function question(more: Partial<InvertParams> = {}): InvertParams {
  return {
    models: [{ path: ears }, { path: tail }],
    probe,
    engine: { provider: "cpu" },
    preset: "fast",
    steps: 6,
    seed: 0,
    progress: "",
    ...more,
  };
}

async function inverted(more: Partial<InvertParams> = {}): Promise<InversionReport> {
  const report = await invert(question(more), { signal: nobody, report: () => {} });
  assert.deepEqual(validReport(JSON.parse(JSON.stringify(report))), JSON.parse(JSON.stringify(report)));
  assert.ok(report.inversion);
  return report.inversion;
}

function largestDifference(a: Matrix, b: Matrix): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs((value ?? 0) - (b[i]?.[j] ?? 0)))));
}

test("pictures are what the report says they are, and the strips end with the inversions", async (t: TestContext) => {
  const images = join(temporaryFolder(t), "images");
  const { pictures, classes, residual } = await inverted({ images });
  assert.equal(pictures?.length, 8);
  const read = (name: string) => decode(readFileSync(join(images, name)));
  for (const { seed, target, inversions, descents } of pictures) {
    assert.ok(existsSync(join(images, target)));
    const start = read(seed);
    for (const [i, { file, steps }] of descents.entries()) {
      const strip = read(file);
      const [own, { width, height }] = [read(inversions[i]!), start];
      assert.deepEqual([strip.width, strip.height], [width * steps.length, height]);
      assert.equal(steps[0], 0);
      assert.ok(steps.every((step, k) => k === 0 || step > steps[k - 1]!));
      const frame = (k: number) =>
        Array.from({ length: height }, (_, y) => [
          ...strip.data.subarray((y * strip.width + k * width) * 3, (y * strip.width + (k + 1) * width) * 3),
        ]).flat();
      assert.deepEqual(frame(0), [...start.data]);
      assert.deepEqual(frame(steps.length - 1), [...own.data]);
    }
  }
  assert.deepEqual(classes?.labels?.length, 8);
  assert.deepEqual(
    [classes?.seeds.length, classes?.targets[1]?.length, classes?.inversions[1]?.[0]?.length],
    [2, 8, 8],
  );
  assert.equal(residual.length, 2);
});

test("an inversion that the store has is told and shown as it was when it was made", async (t) => {
  const folder = temporaryFolder(t);
  const ask = (name: string) =>
    inverted({ engine: { provider: "cpu", store: join(folder, "store") }, images: join(folder, name), grams: true });
  const [first, second] = [await ask("a"), await ask("b")];
  assert.deepEqual({ ...second, images: "" }, { ...first, images: "" });
  for (const { descents } of first.pictures ?? []) {
    for (const { file } of descents) {
      assert.deepEqual(readFileSync(join(folder, "a", file)), readFileSync(join(folder, "b", file)));
    }
  }
});

test("maps of natural images are those of a comparison", async () => {
  const { maps } = await inverted({ maps: true });
  const compared = await compare(
    {
      models: [{ path: ears }, { path: tail }],
      probe,
      engine: { provider: "cpu" },
      batch: 8,
      estimator: "full",
      measures: ["all"],
      seed: 0,
      progress: "",
    },
    { signal: nobody, report: () => {} },
  );
  const [map, ...more] = maps ?? [];
  assert.ok(map);
  assert.equal(more.length, 0);
  for (const kind of ["biased", "unbiased"] as const) {
    const expected = compared.measures?.[`cka.linear.${kind}`];
    assert.deepEqual(expected?.rows, map.rows);
    assert.ok(largestDifference(map.natural[kind], expected?.values ?? []) < 1e-6);
  }
});

test("maps of inverted images have, at the inverted layer, what the matrices have", async () => {
  const { maps, cka, grams, taps } = await inverted({ maps: true, grams: true });
  const [map] = maps ?? [];
  const at = map?.rows.indexOf(taps[0]!) ?? -1;
  for (const kind of ["biased", "unbiased"] as const) {
    const [first, second] = map?.inverted ?? [];
    assert.ok(Math.abs(first![kind][at]![at]! - cka.jones[kind][0]![1]!) < 1e-4);
    assert.ok(Math.abs(second![kind][at]![at]! - cka.jones[kind][1]![0]!) < 1e-4);
  }
  for (const matrix of [...(grams?.natural ?? []), ...(grams?.inverted.flat() ?? [])]) {
    assert.equal(matrix.length, 8);
    for (const [i, row] of matrix.entries()) assert.equal(row[i], 1);
  }
});

test("several layers are told one after the other, by position", async () => {
  const layers = (a: string[], b: string[]) =>
    inverted({
      models: [
        { path: ears, taps: a },
        { path: tail, taps: b },
      ],
    });
  const several = await layers(["pool", "relu1", "relu2"], ["pool", "*lu1", "relu3"]);
  assert.deepEqual(
    several.layers?.map(({ taps }) => taps),
    [
      ["pool", "pool"],
      ["relu1", "relu1"],
    ],
  );
  assert.deepEqual([several.tap, several.taps], ["relu2", ["relu2", "relu3"]]);
  const alone = await layers(["pool"], ["pool"]);
  assert.equal(alone.layers, undefined);
  assert.deepEqual(several.layers?.[0]?.cka, alone.cka);
  await assert.rejects(
    layers(["relu*"], ["pool"]),
    (error) => error instanceof Failure && error.code === "inversion/tap-count" && /4 layers.* 1/.test(error.message),
  );
});

test("gradients are compared where there are two models", async () => {
  const { saliency } = await inverted({ saliency: true, models: [{ path: ears }, { path: tail }, { path: ears }] });
  const { mean = [], error = [] } = saliency ?? {};
  assert.ok(Math.abs((mean[0]?.[2] ?? 0) - 1) < 1e-6);
  assert.equal(mean[0]?.[1], mean[1]?.[0]);
  assert.ok(Math.abs(mean[0]?.[1] ?? 1) < 0.9);
  assert.ok((error[0]?.[1] ?? 0) > 0);
  await assert.rejects(
    inverted({ saliency: true, models: [{ path: ears }] }),
    (error) => error instanceof Failure && error.code === "inversion/one-model",
  );
});

test("controversial images are seen by the one and missed by the other, and are written", async (t) => {
  const images = temporaryFolder(t);
  const { controversial, residual } = await inverted({ controversial: true, images, steps: 60, preset: "jones" });
  const { matched = [], avoided = [], pictures = [] } = controversial ?? {};
  for (const [i, j] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const middle = residual[i]!.toSorted((a, b) => a - b)[4]!;
    assert.ok(matched[i]![j]! < middle + 0.1, `${matched[i]![j]} against ${middle}`);
    assert.ok(avoided[i]![j]! > matched[i]![j]! + 0.3);
    assert.equal(matched[i]![i], null);
    assert.equal(pictures[i]![j]!.length, 8);
    for (const file of pictures[i]![j]!) assert.ok(existsSync(join(images, file)));
  }
});

test("classes have the names of the probe's folders where these are as many as the networks tell apart", async (t) => {
  const folder = temporaryFolder(t);
  const names = ["bear", "cat", "dog", "rabbit"];
  const addClass = (name: string, at: number): void => {
    mkdirSync(join(folder, name));
    for (const file of ["a.png", "b.png"]) {
      const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * (7 + at) + file.charCodeAt(0)) % 256);
      writeFileSync(join(folder, name, file), encode({ width: 32, height: 32, data, channels: 3 }));
    }
  };
  for (const [at, name] of names.entries()) {
    addClass(name, at);
    if (at < 1) continue;
    const { classes } = await inverted({ probe: { path: folder, samples: 8 }, steps: 1 });
    assert.deepEqual(classes?.names, at === 3 ? names : undefined);
  }
});

test("a request ends soon after it is cancelled, whatever it is about", async () => {
  for (const phase of [/^Inverting/, /^Comparing layers/, /^Comparing gradients/, /^Looking for/]) {
    const controller = new AbortController();
    const reason = new Error("enough");
    let cancelled = Number.NaN;
    const report = (progress: Progress) => {
      if (!phase.test(progress.phase) || controller.signal.aborted) return;
      cancelled = performance.now();
      controller.abort(reason);
    };
    const all = { maps: true, saliency: true, controversial: true, steps: 40 };
    await assert.rejects(invert(question(all), { signal: controller.signal, report }), reason);
    assert.ok(performance.now() - cancelled < 1000, String(phase));
  }
});

test("costs are those of each preset's steps", async () => {
  const { steps: _, ...own } = question();
  const phases: (string | undefined)[] = [];
  const report = ({ phase }: Progress) => phases.push(phase);
  const costs = await inversionCosts(own, { signal: nobody, report });
  assert.deepEqual(
    costs.map(({ preset, images, steps }) => [preset, images, steps]),
    [
      ["fast", 8, 360],
      ["jones", 8, 2000],
      ["stir", 24, 1000],
      ["madry", 8, 10_000],
    ],
  );
  const [fast, jones, stir, madry] = costs.map(({ seconds }) => seconds) as [number, number, number, number];
  assert.ok(fast > 0 && fast < jones);
  for (const [found, expected] of [
    [stir / jones, 1.5],
    [madry / jones, 5],
  ] as const) {
    assert.ok(Math.abs(found / expected - 1) < 1e-9);
  }
  assert.deepEqual(phases.slice(1), ["Trying ears-seed0", "Trying tail-seed0"]);
});

test("controversial images cost two hundred steps of both networks in each direction", async () => {
  const { steps: _, ...own } = question({ controversial: true });
  const costs = await inversionCosts(own, { signal: nobody, report: () => {} });
  const [jones, madry] = ["jones", "madry"].map((id) => costs.find(({ preset }) => preset === id)!.seconds);
  assert.ok(Math.abs(madry! / jones! - (8 * 10_000 + 16 * 200) / (8 * 2000 + 16 * 200)) < 1e-9);
});
