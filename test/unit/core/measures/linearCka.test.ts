import assert from "node:assert/strict";
import { test } from "node:test";
import { type Gram, gramOf, packGram } from "../../../../src/core/measures/gram.ts";
import { biasedLinearCka, unbiasedLinearCka } from "../../../../src/core/measures/linearCka.ts";
import type { Cells, Measure } from "../../../../src/core/measures/measure.ts";
import { studentT95 } from "../../../../src/core/statistics/studentT.ts";
import { ckaByDefinition } from "./definition.ts";
import { noise, normals, related, type Samples, samplesOf, subset } from "./samples.ts";

const measures = [
  { measure: unbiasedLinearCka, kind: "unbiased" },
  { measure: biasedLinearCka, kind: "biased" },
] as const;

const gram = (x: Samples): Gram => gramOf(x.values, x.size, x.width);

function full(measure: Measure, rows: readonly Gram[], columns: readonly Gram[]): Cells {
  const run = measure.full(rows, columns);
  for (;;) {
    const step = run.next();
    if (step.done) return step.value;
  }
}

function cell(measure: Measure, x: Samples, y: Samples): number | null | undefined {
  return full(measure, [gram(x)], [gram(y)]).values[0]?.[0];
}

function near(actual: number | null | undefined, expected: number, tolerance: number): void {
  assert.ok(typeof actual === "number", `${actual} is not a number`);
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

for (const { measure, kind } of measures) {
  test(`${kind}: a matrix of taps of many widths equals the definition`, () => {
    const x = [3, 17, 40, 1, 8].map((width, i) => noise(i, 23, width));
    const y = [12, 5, 30, 2].map((width, i) => related(x[i]!, 50 + i, width));
    const cells = full(measure, x.map(gram), y.map(gram));
    for (const [i, row] of cells.values.entries()) {
      for (const [j, value] of row.entries()) near(value, ckaByDefinition(kind, x[i]!, y[j]!), 1e-12);
    }
    assert.deepEqual(cells.rowReasons, Array(5).fill(undefined));
    assert.deepEqual(cells.columnReasons, Array(4).fill(undefined));
  });

  test(`${kind}: the interval is the jackknife of the definition`, () => {
    const size = 14;
    const x = noise(1, size, 9);
    const y = related(x, 2, 6);
    const cells = full(measure, [gram(x)], [gram(y)]);
    const without = Array.from({ length: size }, (_, left) => {
      const keep = (s: number): boolean => s !== left;
      return ckaByDefinition(kind, subset(x, keep), subset(y, keep));
    });
    const mean = without.reduce((a, b) => a + b) / size;
    const scatter = without.reduce((a, b) => a + (b - mean) ** 2, 0);
    const value = ckaByDefinition(kind, x, y);
    const margin = studentT95(size - 1) * Math.sqrt(((size - 1) / size) * scatter);
    near(cells.low?.[0]?.[0], value - margin, 1e-11);
    near(cells.high?.[0]?.[0], value + margin, 1e-11);
  });

  test(`${kind}: a model against itself has a diagonal of 1, mirror images, and the same cells as two models`, () => {
    const grams = [4, 9, 2, 30, 6].map((width, i) => gram(noise(7 + i, 16, width)));
    const itself = full(measure, grams, grams);
    const twice = full(measure, grams, [...grams]);
    for (const part of ["values", "low", "high"] as const) {
      for (let i = 0; i < grams.length; i++) {
        for (let j = 0; j < grams.length; j++) {
          near(itself[part]?.[i]?.[j], twice[part]?.[i]?.[j] ?? Number.NaN, 1e-12);
          assert.equal(itself[part]?.[i]?.[j], itself[part]?.[j]?.[i]);
        }
        near(itself[part]?.[i]?.[i], 1, 1e-9);
      }
    }
  });

  test(`${kind}: more taps than one block holds give the cells of few`, () => {
    const few = Array.from({ length: 5 }, (_, i) => gram(noise(20 + i, 16, 4)));
    const many = Array.from({ length: 730 }, (_, i) => few[i % 5]!);
    const expected = full(measure, few, [...few]);
    for (const columns of [many, [...many]]) {
      const cells = full(measure, many, columns);
      for (const part of ["values", "low", "high"] as const) {
        for (const [i, j] of [
          [0, 0],
          [3, 729],
          [729, 3],
          [720, 724],
          [724, 720],
          [729, 729],
        ] as const) {
          near(cells[part]?.[i]?.[j], expected[part]?.[i % 5]?.[j % 5] ?? Number.NaN, 1e-9);
        }
      }
    }
  });

  test(`${kind}: translation, rotation and scaling of the features change nothing`, () => {
    const x = noise(3, 20, 2);
    const y = related(x, 4, 5);
    const expected = ckaByDefinition(kind, x, y);
    const moved = samplesOf(20, 2, (s, f) => x.values[s * 2 + f]! + 1000 * (f + 1));
    near(cell(measure, moved, y), expected, 1e-11);
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const turned = samplesOf(20, 2, (s, f) => {
      const [a, b] = [x.values[s * 2]!, x.values[s * 2 + 1]!];
      return 3.5 * (f === 0 ? cos * a - sin * b : sin * a + cos * b);
    });
    near(cell(measure, turned, y), expected, 1e-12);
  });
}

test("unbiased CKA of unrelated features is about 0 and may be negative; biased is about d/(n + d)", () => {
  const pairs = Array.from({ length: 40 }, (_, i) => [noise(100 + i, 32, 64), noise(200 + i, 32, 64)] as const);
  const values = (measure: Measure) => pairs.map(([x, y]) => Number(cell(measure, x, y)));
  const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
  near(mean(values(unbiasedLinearCka)), 0, 0.01);
  assert.ok(values(unbiasedLinearCka).some((value) => value < 0));
  near(mean(values(biasedLinearCka)), 64 / 96, 0.02);
});

test("the 95 % interval holds the population's value about 95 times in a hundred", () => {
  // y = x A + e with fixed A: the population value is the mean of many large draws of the unbiased estimate.
  const draw = (seed: number, size: number): [Samples, Samples] => {
    const next = normals(seed);
    const x = samplesOf(size, 4, () => next());
    return [x, samplesOf(size, 4, (s, f) => x.values[s * 4 + f]! * (1 + f) + 2 * next())];
  };
  const population = Number(cell(unbiasedLinearCka, ...draw(1, 2000)));
  let held = 0;
  const trials = 300;
  for (let trial = 0; trial < trials; trial++) {
    const [x, y] = draw(1000 + trial, 64);
    const { low, high } = full(unbiasedLinearCka, [gram(x)], [gram(y)]);
    if (Number(low?.[0]?.[0]) <= population && population <= Number(high?.[0]?.[0])) held++;
  }
  assert.ok(held / trials > 0.9 && held / trials < 0.99, `held ${held} of ${trials}`);
});

test("4 samples give an unbiased value without an interval; 3 give none, and say why", () => {
  const four = full(unbiasedLinearCka, [gram(noise(1, 4, 3))], [gram(noise(2, 4, 3))]);
  near(four.values[0]?.[0], ckaByDefinition("unbiased", noise(1, 4, 3), noise(2, 4, 3)), 1e-12);
  assert.equal(four.low, undefined);
  const three = full(unbiasedLinearCka, [gram(noise(1, 3, 3))], [gram(noise(2, 3, 3))]);
  assert.deepEqual(three.values, [[null]]);
  assert.deepEqual(three.rowReasons, ["fewer than 4 samples"]);
  near(
    cell(biasedLinearCka, noise(1, 3, 3), noise(2, 3, 3)),
    ckaByDefinition("biased", noise(1, 3, 3), noise(2, 3, 3)),
    1e-12,
  );
});

test("a constant layer has no CKA, whatever its size, and leaves its neighbours alone", () => {
  const flat = samplesOf(12, 5, (_, f) => 0.1 * (f + 1));
  for (const { measure } of measures) {
    const cells = full(measure, [gram(flat), gram(noise(1, 12, 5))], [gram(noise(2, 12, 5))]);
    assert.equal(cells.values[0]?.[0], null);
    assert.equal(cells.low?.[0]?.[0], null);
    assert.equal(typeof cells.values[1]?.[0], "number");
    assert.match(cells.rowReasons[0] ?? "", /^constant representation/);
    assert.deepEqual([cells.rowReasons[1], cells.columnReasons[0]], [undefined, undefined]);
  }
});

/** The float32 Gram of features centred in float32, as the runtime makes it, with the length of the centre. */
function float32Gram(x: Samples): Gram {
  const { size, width } = x;
  const values = Float32Array.from(x.values);
  const centre = Float32Array.from({ length: width }, (_, f) => {
    let sum = 0;
    for (let s = 0; s < size; s++) sum = Math.fround(sum + values[s * width + f]!);
    return sum / size;
  });
  const square = new Float32Array(size * size);
  for (let s = 0; s < size; s++) {
    for (let t = 0; t < size; t++) {
      for (let f = 0; f < width; f++) {
        square[s * size + t]! +=
          Math.fround(values[s * width + f]! - centre[f]!) * Math.fround(values[t * width + f]! - centre[f]!);
      }
    }
  }
  return packGram(
    square,
    size,
    centre.reduce((sum, value) => sum + value * value, 0),
  );
}

test("float32 rounding of a constant layer is told from a small signal", () => {
  const next = normals(5);
  const jitter = samplesOf(24, 16, () => 100 * (1 + (next() > 0 ? 2 ** -24 : -(2 ** -24)) * 1.2));
  const small = samplesOf(24, 16, () => 2e-3 * next());
  const signal = samplesOf(24, 16, (s, f) => 100 + small.values[s * 16 + f]!);
  const other = noise(1, 24, 8);
  for (const { measure, kind } of measures) {
    const cells = full(measure, [float32Gram(jitter), float32Gram(signal)], [float32Gram(other)]);
    assert.equal(cells.values[0]?.[0], null);
    assert.match(cells.rowReasons[0] ?? "", /^constant representation/);
    near(cells.values[1]?.[0], ckaByDefinition(kind, small, other), 2e-3);
  }
});

test("a layer that one sample alone excites has no unbiased CKA, and says so", () => {
  const spike = samplesOf(10, 3, (s, f) => (s === 4 ? f + 1 : 0));
  const cells = full(unbiasedLinearCka, [gram(spike)], [gram(noise(1, 10, 3))]);
  assert.deepEqual(cells.values, [[null]]);
  assert.match(cells.rowReasons[0] ?? "", /^self-similarity \(HSIC\) is zero/);
  near(cell(biasedLinearCka, spike, noise(1, 10, 3)), ckaByDefinition("biased", spike, noise(1, 10, 3)), 1e-12);
});

test("a value that hangs on one sample has no interval", () => {
  const spike = samplesOf(10, 3, (s, f) => (s === 4 ? f + 1 : 0));
  const cells = full(biasedLinearCka, [gram(spike)], [gram(noise(1, 10, 3))]);
  assert.equal(typeof cells.values[0]?.[0], "number");
  assert.deepEqual([cells.low, cells.high], [[[null]], [[null]]]);
});

test("NaN and infinity make a tap undefined, and only that tap", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const broken = samplesOf(9, 3, (s, f) => (s === 2 && f === 1 ? bad : s * f));
    for (const { measure } of measures) {
      const cells = full(measure, [gram(broken), gram(noise(1, 9, 3))], [gram(noise(2, 9, 3)), gram(broken)]);
      assert.equal(typeof cells.values[1]?.[0], "number");
      assert.deepEqual([cells.values[0], cells.values[1]?.[1]], [[null, null], null]);
      assert.match(cells.rowReasons[0] ?? "", /^not finite/);
      assert.match(cells.columnReasons[1] ?? "", /^not finite/);
    }
  }
});
