import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Matrix, MeasureMatrix } from "../../src/core/report/report.ts";
import { cifarProbe } from "./cifarProbe.ts";
import { report } from "./likeness.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Two trained networks of the stitching paper against values of PyTorch (float32 forward, float64 Grams). */

interface Reference {
  readonly taps: readonly string[];
  readonly cka_unbiased: Matrix;
  readonly cka_biased: Matrix;
  readonly cka_unbiased_self: Matrix;
  readonly cka_minibatch128: Matrix;
  readonly acc0: number;
  readonly acc1: number;
  readonly disagree: number;
}

const tolerance = 1e-4;

describe("Tiny10, seeds 0 and 1", { skip: withoutShared }, () => {
  const assets = join(sharedFolder() ?? "", "assets");
  const networks = join(assets, "torch-cifar10-drfrankenstein");
  const [seed0, seed1] = [0, 1].map((seed) => join(networks, `exported/tiny10_seed${seed}.onnx`)) as [string, string];
  const folder = mkdtempSync(join(tmpdir(), "likeness-probe-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const probe = withoutShared ? "" : cifarProbe(assets, folder);
  const reference = (): Reference =>
    JSON.parse(readFileSync(join(networks, "reference/seed0_seed1.json"), "utf8")) as Reference;

  /** The reference's name of a tap: a convolution with its batch norm folded in is the reference's batch norm. */
  const referenceName = (tap: string): string =>
    tap.includes("ReduceMean") ? "pool" : tap.replace(/^conv(\d+)$/, "bn$1");

  function worstCell(ours: MeasureMatrix | undefined, expected: Matrix): { cells: number; worst: number } {
    assert.ok(ours);
    const { taps } = reference();
    let [cells, worst] = [0, 0];
    for (const [i, row] of ours.rows.entries()) {
      for (const [j, column] of ours.columns.entries()) {
        const theirs = expected[taps.indexOf(referenceName(row))]?.[taps.indexOf(referenceName(column))];
        assert.ok(typeof theirs === "number", `${row} × ${column} is not in the reference`);
        worst = Math.max(worst, Math.abs((ours.values[i]?.[j] ?? Number.NaN) - theirs));
        cells++;
      }
    }
    return { cells, worst };
  }

  const compare = (a: string, b: string, ...more: string[]) =>
    report("compare", a, b, "--probe", probe, "--taps", "@all", "--measures", "all", ...more);

  test("full over 512 samples: unbiased and biased", async (t) => {
    const { measures } = await compare(seed0, seed1, "--samples", "512", "--estimator", "full");
    for (const [id, expected] of [
      ["cka.linear.unbiased", reference().cka_unbiased],
      ["cka.linear.biased", reference().cka_biased],
    ] as const) {
      const { cells, worst } = worstCell(measures?.[id], expected);
      t.diagnostic(`${id}: ${cells} cells, worst |ours − PyTorch| = ${worst.toExponential(1)}`);
      assert.equal(cells, 18 * 18);
      assert.ok(worst <= tolerance);
      assert.ok(measures?.[id]?.low && measures[id].high, "has an interval");
    }
  });

  test("minibatch of 128 over 512 samples", async (t) => {
    const { measures } = await compare(seed0, seed1, "--samples", "512", "--estimator", "minibatch", "--batch", "128");
    const { cells, worst } = worstCell(measures?.["cka.linear.unbiased"], reference().cka_minibatch128);
    t.diagnostic(`${cells} cells, worst |ours − PyTorch| = ${worst.toExponential(1)}`);
    assert.equal(cells, 18 * 18);
    assert.ok(worst <= tolerance);
  });

  test("accuracies and disagreement over all 536 samples, exactly", async (t) => {
    const { acc0, acc1, disagree } = reference();
    const { outputs } = await compare(seed0, seed1, "--samples", "536");
    t.diagnostic(`accuracies ${outputs?.accuracy.join(" and ")}, disagreement ${outputs?.disagreement}`);
    // The reference counts in float32.
    const samples = 536;
    assert.equal(Math.round((outputs?.accuracy[0] ?? 0) * samples), Math.round(acc0 * samples));
    assert.equal(Math.round((outputs?.accuracy[1] ?? 0) * samples), Math.round(acc1 * samples));
    assert.equal(Math.round((outputs?.disagreement ?? 0) * samples), Math.round(disagree * samples));
  });

  test("a network against itself: diagonal of 1, one forward pass", async (t) => {
    for (const estimator of ["full", "minibatch"]) {
      const result = await compare(seed0, seed0, "--samples", "512", "--estimator", estimator);
      const matrix = result.measures?.["cka.linear.unbiased"];
      const off = Math.max(...(matrix?.values.map((row, i) => Math.abs((row[i] ?? 0) - 1)) ?? [1]));
      t.diagnostic(`${estimator}: diagonal within ${off.toExponential(1)} of 1, ${result.forwardPasses} forward pass`);
      assert.ok(off <= 1e-6);
      assert.equal(result.forwardPasses, 1);
      assert.equal(result.outputs?.disagreement, 0);
      if (estimator === "full") assert.ok(worstCell(matrix, reference().cka_unbiased_self).worst <= tolerance);
    }
  });
});
