import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { drawnSeed } from "../../src/core/methods/inversion/seeds.ts";
import type { InversionMatrices, InversionReport } from "../../src/core/report/report.ts";
import { cifarProbe } from "./cifarProbe.ts";
import { report } from "./likeness.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Inversions of two trained networks against values of PyTorch. */

interface Reference {
  readonly residual_median: number;
  readonly natural_biased: number;
  readonly natural_unbiased: number;
  readonly jones_biased: number;
  readonly jones_unbiased: number;
  readonly stir_biased: number;
  readonly stir_unbiased: number;
  readonly self_stir_biased: number;
}

/** Whether to run what takes minutes. */
const long = process.env.LIKENESS_LONG === "1";

describe("inversions of Tiny10, seeds 0 and 1", { skip: withoutShared }, () => {
  const assets = join(sharedFolder() ?? "", "assets");
  const networks = join(assets, "torch-cifar10-drfrankenstein");
  const [seed0, seed1] = [0, 1].map((seed) => join(networks, `exported/tiny10_seed${seed}.onnx`)) as [string, string];
  const states = [0, 1].map((seed) => join(networks, `Tiny10/in${seed}-gn${seed}/110000.pt`));
  const folder = mkdtempSync(join(tmpdir(), "likeness-inversion-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const probe = withoutShared ? "" : cifarProbe(assets, folder);
  const references = withoutShared
    ? {}
    : (JSON.parse(readFileSync(join(networks, "reference/seed0_seed1.json"), "utf8")) as Record<string, unknown>);
  const pairs = join(folder, "pairs.json");
  const seeds = Array.from({ length: 64 }, (_, i) => i);
  writeFileSync(pairs, JSON.stringify({ seeds, targets: references.jones_targets }));

  async function invert(...more: readonly string[]): Promise<InversionReport> {
    const { inversion } = await report("invert", seed0, seed1, "--probe", probe, ...more);
    assert.ok(inversion);
    return inversion;
  }

  /** The middle value; of two, the lower one, as PyTorch has it. */
  const lowerMedian = (values: readonly number[]) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;

  const both = ["biased", "unbiased"] as const;

  for (const [steps, cka, residual, isLong] of [
    [10, 0.003, 0.02, false],
    [20, 0.01, 0.05, false],
    [100, 0.06, 0.2, true],
    [300, 0.06, 0.2, true],
  ] as const) {
    test(`jones, ${steps} steps`, { skip: isLong && !long && "not run: takes minutes, LIKENESS_LONG=1" }, async (t) => {
      const found = await invert("--pairs", pairs, "--preset", "jones", "--steps", String(steps));
      const expected = references[`jones_${steps}`] as Record<"a_inverts" | "b_inverts", Reference>;
      for (const [i, side] of (["a_inverts", "b_inverts"] as const).entries()) {
        const theirs = expected[side];
        const cell = (matrices: InversionMatrices, kind: (typeof both)[number]) =>
          matrices[kind][i]?.[1 - i] ?? Number.NaN;
        const { natural, jones, stir, selfStir } = found.cka;
        const worst = Math.max(
          ...both.map((kind) => Math.abs(cell(jones, kind) - theirs[`jones_${kind}`])),
          ...both.map((kind) => Math.abs(cell(stir, kind) - theirs[`stir_${kind}`])),
          Math.abs(cell(selfStir, "biased") - theirs.self_stir_biased),
        );
        const plain = Math.max(...both.map((kind) => Math.abs(cell(natural, kind) - theirs[`natural_${kind}`])));
        const median = lowerMedian(found.residual[i] ?? []);
        const off = Math.abs(median / theirs.residual_median - 1);
        t.diagnostic(
          `${side}: worst CKA off by ${worst.toExponential(1)}, natural by ${plain.toExponential(1)}, median residual ${median.toFixed(4)} off by ${(100 * off).toFixed(2)} %`,
        );
        assert.ok(worst <= cka);
        assert.ok(plain <= 1e-4);
        assert.ok(off <= residual);
      }
    });
  }

  const python = "/usr/bin/python3";
  const withoutTorch = spawnSync(python, ["-c", "import torch"]).status !== 0 && "not run: there is no PyTorch";

  /** The first images as PyTorch takes them, n × 3 × 32 × 32 in [0, 1]. */
  function writeTargets(count: number): void {
    const images = readFileSync(join(assets, "data-cifar10-lossless/images-u8-nhwc.bin"));
    const targets = Float32Array.from({ length: count * 3072 }, (_, k) => {
      const [image, channel, pixel] = [Math.floor(k / 3072), Math.floor((k % 3072) / 1024), k % 1024];
      return images[image * 3072 + pixel * 3 + channel]! / 255;
    });
    writeFileSync(join(folder, "targets.f32"), new Uint8Array(targets.buffer));
  }

  /** What a program in `models` prints. */
  function pyTorch<Printed>(script: string, ...args: readonly string[]): Printed {
    const run = spawnSync(python, [join(import.meta.dirname, "models", script), ...args], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    return JSON.parse(run.stdout);
  }

  // Steps of 1/2 amplify rounding faster than those of Jones: exact at first, in the mean later.
  for (const [steps, tolerance, isLong] of [
    [8, { jones: 0.003, stir: 0.003, self_stir: 0.003 }, false],
    [100, { jones: 0.06, stir: 0.02, self_stir: 0.005 }, false],
    [1000, { jones: 0.06, stir: 0.02, self_stir: 0.005 }, true],
  ] as const) {
    const skip = withoutTorch || (isLong && !long && "not run: takes minutes, LIKENESS_LONG=1");
    test(`stir from noise, ${steps} steps, against a program of PyTorch`, { skip }, async (t) => {
      const count = 64;
      writeTargets(count);
      const noise = Array.from({ length: count }, (_, i) => drawnSeed("noise", [3, 32, 32], 7, 0, i));
      writeFileSync(join(folder, "seeds.f32"), Buffer.concat(noise.map((seed) => new Uint8Array(seed.buffer))));
      const theirs = pyTorch<Record<"residual" | "natural" | "jones" | "stir" | "self_stir", number>[]>(
        "stir.py",
        folder,
        String(steps),
        ...states,
      );
      const options = ["--samples", String(count), "--steps", String(steps), "--repeats", "1", "--seed", "7"];
      const { cka, residual } = await invert("--preset", "stir", ...options);
      const at = (matrices: InversionMatrices, i: number) => matrices.biased[i]?.[1 - i] ?? Number.NaN;
      const kinds = ["jones", "stir", "self_stir"] as const;
      const found = theirs.map((expected, i) => {
        const ours = { jones: at(cka.jones, i), stir: at(cka.stir, i), self_stir: at(cka.selfStir, i) };
        const text = kinds.map((kind) => `${kind} ${ours[kind].toFixed(4)} (${expected[kind].toFixed(4)})`).join(", ");
        const median = `${lowerMedian(residual[i] ?? []).toFixed(4)} (${expected.residual.toFixed(4)})`;
        t.diagnostic(`row ${i}, ours (PyTorch): ${text}, median residual ${median}`);
        return ours;
      });
      for (const [i, expected] of theirs.entries()) {
        for (const kind of kinds) assert.ok(Math.abs(found[i]![kind] - expected[kind]) <= tolerance[kind]);
        assert.ok(Math.abs(at(cka.natural, i) - expected.natural) <= 1e-4);
      }
    });
  }

  test("gradients of the named class, against PyTorch", { skip: withoutTorch }, async (t) => {
    writeTargets(64);
    const theirs = pyTorch<{ mean: number; error: number }>("saliency.py", folder, ...states);
    const { saliency } = await invert("--samples", "64", "--steps", "1", "--saliency");
    const [mean, error] = [saliency?.mean[0]?.[1] ?? Number.NaN, saliency?.error[0]?.[1] ?? Number.NaN];
    t.diagnostic(`mean cosine ${mean.toFixed(6)} (${theirs.mean.toFixed(6)}), error ${error.toFixed(6)}`);
    assert.ok(Math.abs(mean - theirs.mean) <= 1e-4);
    assert.ok(Math.abs(error - theirs.error) <= 1e-4);
    assert.equal(saliency?.mean[1]?.[0], mean);
    assert.equal(saliency?.mean[0]?.[0], 1);
  });

  test("images are written, and inversions kept and found again", async (t) => {
    const [store, pictures] = [join(folder, "store"), join(folder, "images")];
    const options = ["--samples", "8", "--steps", "5", "--store", store, "--images", pictures];
    const ask = () => report("invert", seed0, seed1, "--probe", probe, ...options);
    const [first, second] = [await ask(), await ask()];
    assert.deepEqual(second.inversion, first.inversion);
    assert.equal(readdirSync(pictures).filter((name) => name.endsWith(".png")).length, 8 * 6);
    t.diagnostic(`in the runtime: ${first.seconds.forward} s, then ${second.seconds.forward} s`);
  });
});
