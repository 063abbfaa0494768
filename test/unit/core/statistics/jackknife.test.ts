import assert from "node:assert/strict";
import { test } from "node:test";
import { Jackknife } from "../../../../src/core/statistics/jackknife.ts";
import { studentT95 } from "../../../../src/core/statistics/studentT.ts";

const sample = [3.1, -0.4, 2.2, 5.9, 1.7, 0.3];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

test("of a mean, it is the textbook interval", () => {
  const estimates = Float64Array.of(mean(sample), 1e9 + mean(sample), 7, Number.NaN);
  const jackknife = new Jackknife(estimates);
  for (const [left] of sample.entries()) {
    const without = mean(sample.filter((_, i) => i !== left));
    jackknife.add(Float64Array.of(without, 1e9 + without, left === 2 ? Number.NaN : 7, 1));
  }
  const variance = sample.reduce((sum, value) => sum + (value - mean(sample)) ** 2, 0) / (sample.length - 1);
  const margin = studentT95(5) * Math.sqrt(variance / sample.length);
  const [plain, far, broken, undefinedEstimate] = jackknife.margins();
  assert.ok(Math.abs(Number(plain) - margin) < 1e-12);
  assert.ok(Math.abs(Number(far) - margin) < 1e-5);
  assert.ok(Number.isNaN(broken) && Number.isNaN(undefinedEstimate));
});

test("no scatter, no width", () => {
  const jackknife = new Jackknife(Float64Array.of(0.1));
  for (let unit = 0; unit < 5; unit++) jackknife.add(Float64Array.of(0.1));
  assert.deepEqual(jackknife.margins(), Float64Array.of(0));
});
