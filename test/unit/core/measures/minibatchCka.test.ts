import assert from "node:assert/strict";
import { test } from "node:test";
import { gramOf } from "../../../../src/core/measures/gram.ts";
import { biasedLinearCka, unbiasedLinearCka } from "../../../../src/core/measures/linearCka.ts";
import type { Cells, Measure } from "../../../../src/core/measures/measure.ts";
import { studentT95 } from "../../../../src/core/statistics/studentT.ts";
import { hsic } from "./definition.ts";
import { noise, related, type Samples, samplesOf } from "./samples.ts";

type Pair = readonly [Samples, Samples];

const kinds = [
  [unbiasedLinearCka, "unbiased"],
  [biasedLinearCka, "biased"],
] as const;

const gram = (x: Samples) => gramOf(x.values, x.size, x.width);

/** Batches of two related representations. */
function batches(sizes: readonly number[]): Pair[] {
  return sizes.map((size, i) => {
    const x = noise(i + 1, size, 9);
    return [x, related(x, 100 + i, 7)];
  });
}

function estimate(measure: Measure, pairs: readonly Pair[]): Cells {
  const minibatch = measure.minibatch();
  for (const [x, y] of pairs) minibatch.add([gram(x)], [gram(y)]);
  return minibatch.result();
}

/** HSIC of each batch: of the two with each other and of each with itself. */
function terms(kind: "unbiased" | "biased", pairs: readonly Pair[]): number[][] {
  return pairs.map(([x, y]) => [hsic(kind, x, y), hsic(kind, x, x), hsic(kind, y, y)]);
}

/** Ratio of sums, as eq. 2 of the paper has it. */
function ratio(parts: readonly (readonly number[])[]): number {
  const [cross, own, other] = [0, 1, 2].map((term) => parts.reduce((sum, part) => sum + part[term]!, 0));
  return cross! / Math.sqrt(own! * other!);
}

/** Half the width of the interval that leaves out one batch. */
function jackknifeMargin(parts: readonly (readonly number[])[]): number {
  const count = parts.length;
  const without = parts.map((_, left) => ratio(parts.filter((_, i) => i !== left)));
  const mean = without.reduce((a, b) => a + b) / count;
  return studentT95(count - 1) * Math.sqrt(((count - 1) / count) * without.reduce((a, b) => a + (b - mean) ** 2, 0));
}

const byDefinition = (kind: "unbiased" | "biased", pairs: readonly Pair[]): number => ratio(terms(kind, pairs));

function near(actual: number | null | undefined, expected: number, tolerance = 1e-12): void {
  assert.ok(typeof actual === "number" && Math.abs(actual - expected) <= tolerance, `${actual} ≠ ${expected}`);
}

for (const [measure, kind] of kinds) {
  test(`${kind}: sums over batches of unequal size, equal weights, after every batch`, () => {
    const pairs = batches([8, 8, 6, 70]);
    const minibatch = measure.minibatch();
    for (const [i, [x, y]] of pairs.entries()) {
      minibatch.add([gram(x)], [gram(y)]);
      near(minibatch.result().values[0]?.[0], byDefinition(kind, pairs.slice(0, i + 1)));
    }
  });

  test(`${kind}: from 8 batches on, the interval leaves out one batch`, () => {
    const pairs = batches(Array(9).fill(10));
    assert.equal(estimate(measure, pairs.slice(0, 7)).low, undefined);
    const { values, low, high } = estimate(measure, pairs);
    const margin = jackknifeMargin(terms(kind, pairs));
    near(low?.[0]?.[0], Number(values[0]?.[0]) - margin, 1e-11);
    near(high?.[0]?.[0], Number(values[0]?.[0]) + margin, 1e-11);
  });

  test(`${kind}: very many batches keep the value and an interval of like width`, () => {
    const pairs = batches(Array(100).fill(8));
    const { values, low, high } = estimate(measure, pairs);
    const parts = terms(kind, pairs);
    near(values[0]?.[0], ratio(parts));
    const margin = (Number(high?.[0]?.[0]) - Number(low?.[0]?.[0])) / 2;
    const relative = margin / jackknifeMargin(parts);
    assert.ok(relative > 0.6 && relative < 1.6, `${relative} times that of leaving out single batches`);
  });

  test(`${kind}: a model against itself mirrors, with a diagonal of 1`, () => {
    const minibatch = measure.minibatch();
    const twice = measure.minibatch();
    for (let batch = 0; batch < 8; batch++) {
      const grams = [3, 20, 9, 5].map((width, i) => gram(noise(10 * batch + i, 12, width)));
      minibatch.add(grams, grams);
      twice.add(grams, [...grams]);
    }
    const [itself, pair] = [minibatch.result(), twice.result()];
    for (let i = 0; i < 4; i++) {
      near(itself.values[i]?.[i], 1);
      for (let j = 0; j < 4; j++) {
        assert.equal(itself.values[i]?.[j], itself.values[j]?.[i]);
        near(itself.values[i]?.[j], Number(pair.values[i]?.[j]));
        near(itself.low?.[i]?.[j], Number(pair.low?.[i]?.[j]), 1e-9);
      }
    }
  });

  test(`${kind}: a layer constant in one batch counts as 0 there; constant in all, it has no CKA`, () => {
    const flat = (size: number) => samplesOf(size, 9, (_, f) => f / 3);
    const pairs = batches([8, 8, 8]);
    const once = pairs.map(([x, y], i): Pair => [i === 1 ? flat(8) : x, y]);
    near(estimate(measure, once).values[0]?.[0], byDefinition(kind, once));
    const always = estimate(
      measure,
      pairs.map(([, y]): Pair => [flat(8), y]),
    );
    assert.deepEqual(always.values, [[null]]);
    assert.match(always.rowReasons[0] ?? "", /^constant/);
  });
}

test("a batch too small for the estimator adds nothing; nothing else means undefined, with the reason", () => {
  const pairs = batches([8, 3]);
  near(estimate(unbiasedLinearCka, pairs).values[0]?.[0], byDefinition("unbiased", pairs.slice(0, 1)));
  const none = estimate(unbiasedLinearCka, pairs.slice(1));
  assert.deepEqual([none.values, none.rowReasons], [[[null]], ["fewer than 4 samples"]]);
});

test("NaN in one batch leaves the tap undefined", () => {
  const [x, y] = batches([8])[0]!;
  const broken = samplesOf(8, 9, (s, f) => (s + f === 3 ? Number.NaN : s));
  const cells = estimate(biasedLinearCka, [
    [x, y],
    [broken, y],
    [x, y],
  ]);
  assert.deepEqual(cells.values, [[null]]);
  assert.match(cells.rowReasons[0] ?? "", /^not finite/);
});
