import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { ComputeProcess } from "../../src/client/computeProcess.ts";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";

import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { rebatch } from "../../src/core/graph/rebatch.ts";
import type { Tap } from "../../src/core/graph/tap.ts";
import { listTaps } from "../../src/core/graph/taps.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import type { Matrix, MeasureMatrix } from "../../src/core/report/report.ts";
import { compare } from "../../src/protocol/compute.ts";
import { report } from "./likeness.ts";

/**
 * Networks as large as people have, at every tap, with random weights drawn and exported here: against a float64 program
 * in PyTorch that reads the same ONNX file, and within bounded memory.
 */

interface Reference {
  readonly taps: readonly string[];
  readonly tapsB: readonly string[];
  readonly unbiased: Matrix;
  readonly biased: Matrix;
}

/** Sizes that take half an hour more than those of every day: LIKENESS_WHOLE=1 asks for them. */
const whole = process.env.LIKENESS_WHOLE === "1";

/** Memory is at its height in the first batches already; every cell rests on `checked` samples. */
const sizes = {
  resnet50: { pixels: 224, batch: 64, everyDay: [64, 32, 16], whole: [512, 128, 64] },
  vit_b_16: { pixels: 224, batch: 64, everyDay: [32, 8, 8], whole: [512, 128, 64] },
  deep500: { pixels: 32, batch: 64, everyDay: [128, 128, 32], whole: [512, 512, 64] },
} as const;

const cases = Object.entries(sizes).map(([network, { pixels, batch, everyDay, whole: all }]) => {
  const [samples, full, checked] = whole ? all : everyDay;
  return { network, pixels, batch, samples, full, checked };
});

const tolerance = 1e-5;
const mostMemoryMB = 3 * 1024;
const programs = resolve(import.meta.dirname, "models");
const cache = resolve(import.meta.dirname, "../.cache/models");
const python = "/usr/bin/python3";

function runPython(program: string, ...args: readonly string[]): void {
  execFileSync(python, [join(programs, program), ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

function pythonReason(): string | false {
  try {
    execFileSync(python, ["-c", "import torch, torchvision"], { stdio: "ignore" });
    return false;
  } catch {
    return "not run: needs Python with torch and torchvision";
  }
}

/** The taps of a file as the command line names them. */
function tapsOf(file: string, pixels: number): readonly Tap[] {
  const source = fileSource(file);
  try {
    const { program, input } = rebatch(upgrade(readOnnx(source, siblingFiles(dirname(file)))));
    return listTaps(program, input.name, [3, pixels, pixels]);
  } finally {
    source.close();
  }
}

function worstCell(ours: MeasureMatrix | undefined, theirs: Matrix): number {
  assert.ok(ours);
  assert.equal(ours.values.length, theirs.length);
  let worst = 0;
  for (const [i, row] of theirs.entries()) {
    for (const [j, expected] of row.entries()) {
      const value: number | null = ours.values[i]?.[j] ?? null;
      assert.equal(value === null, expected === null, `${ours.rows[i]} × ${ours.columns[j]}: ${value} for ${expected}`);
      if (value !== null && expected !== null) worst = Math.max(worst, Math.abs(value - expected));
    }
  }
  return worst;
}

for (const { network, pixels, samples, batch, full, checked } of cases) {
  describe(`${network} at ${pixels} px, every tap`, { skip: pythonReason() }, () => {
    const seeds = [network, `${network}-seed1`].map((name) => join(cache, `${name}-${pixels}.onnx`)) as [
      string,
      string,
    ];
    const probe = join(cache, `images-${pixels}-${samples}.probe.json`);

    test("export", () => {
      mkdirSync(cache, { recursive: true });
      const images = `${pixels}:${samples}`;
      runPython("export_models.py", "--out", cache, "--models", network, `${network}@1`, "--images", images);
      for (const file of [...seeds, probe]) assert.ok(existsSync(file), file);
    });

    test(`every cell of ${checked} samples agrees with float64 PyTorch`, async (t) => {
      const taps = seeds.map((file) => tapsOf(file, pixels));
      const lists = taps.map((list, i) => {
        const file = join(cache, `${network}-taps-${i}.json`);
        writeFileSync(file, JSON.stringify(list.map(({ value, sampleAxis }) => ({ value, sampleAxis }))));
        return file;
      });
      const [a, b] = seeds;
      const out = join(cache, `${network}-reference.json`);
      const input = join(cache, `images-${pixels}-${samples}.npy`);
      const graphs = ["--onnx", a, "--onnx-b", b, "--taps-json", lists[0] ?? "", "--taps-json-b", lists[1] ?? ""];
      runPython("reference_cka.py", ...graphs, "--input", input, "--samples", String(checked), "--out", out);
      const reference = JSON.parse(readFileSync(out, "utf8")) as Reference;
      rmSync(out);

      const { measures, peakMemoryMB, seconds } = await report(
        ...["compare", a, b, "--probe", input, "--preprocess", "none", "--samples", String(checked)],
        ...["--taps", "@all", "--measures", "all", "--estimator", "full"],
      );
      const unbiased = worstCell(measures?.["cka.linear.unbiased"], reference.unbiased);
      const biased = worstCell(measures?.["cka.linear.biased"], reference.biased);
      const size = `${reference.taps.length} × ${reference.tapsB.length} cells`;
      t.diagnostic(`${size}: worst unbiased ${unbiased.toExponential(1)}, biased ${biased.toExponential(1)}`);
      t.diagnostic(`${seconds.total.toFixed(1)} s, ${peakMemoryMB} MiB at the peak`);
      assert.ok(unbiased <= tolerance && biased <= tolerance);
    });

    for (const [estimator, count] of [
      ["minibatch", samples],
      ["full", full],
    ] as const) {
      test(`${estimator} over ${count} samples stays within 3 GiB`, async (t) => {
        const { peakMemoryMB, seconds, forwardPasses, measures } = await report(
          ...["compare", ...seeds, "--probe", probe, "--samples", String(count), "--batch", String(batch)],
          ...["--taps", "@all", "--estimator", estimator],
        );
        t.diagnostic(`${seconds.total.toFixed(1)} s, ${peakMemoryMB} MiB at the peak, ${forwardPasses} forward passes`);
        assert.equal(measures?.["cka.linear.unbiased"]?.estimator, estimator);
        assert.ok(peakMemoryMB <= mostMemoryMB);
      });
    }
  });
}

test("cancelling in the middle of a long run of the engine takes a second, and the next request works", {
  skip: pythonReason(),
  timeout: 120_000,
}, async (t) => {
  const file = join(cache, "resnet50-224.onnx");
  mkdirSync(cache, { recursive: true });
  runPython("export_models.py", "--out", cache, "--models", "resnet50", "resnet50@1");
  const compute = new ComputeProcess({ entry: resolve(import.meta.dirname, "../../dist/compute.cjs"), log: () => {} });
  t.after(() => compute.dispose());
  const models = [{ path: file, taps: ["@all"] }, { path: join(cache, "resnet50-seed1-224.onnx") }];
  const question = { engine: { provider: "cpu" }, batch: 64, measures: ["cka.linear.unbiased"], seed: 0 };
  const asking = new AbortController();
  let aborted = 0;
  const first = compute.request(
    compare,
    { ...question, models, probe: { samples: 64 }, estimator: "full" as const },
    {
      signal: asking.signal,
      // One run of all samples takes seconds, in which the process hears nothing.
      onProgress: ({ estimate }) => {
        if (estimate && aborted === 0) {
          setTimeout(() => {
            aborted = performance.now();
            asking.abort();
          }, 3000);
        }
      },
    },
  );
  await assert.rejects(first, { code: "cancelled" });
  const took = performance.now() - aborted;
  t.diagnostic(`cancelled after ${took.toFixed(0)} ms`);
  assert.ok(took <= 1000);
  const next = await compute.request(compare, {
    ...question,
    models: models.map(({ path }) => ({ path, taps: ["fc"] })),
    probe: { samples: 4 },
    batch: 4,
    estimator: "full" as const,
  });
  assert.equal(next.kind, "comparison");
});
