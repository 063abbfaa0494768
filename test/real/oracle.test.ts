import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { type Gram, gramOf, packGram } from "../../src/core/measures/gram.ts";
import type { Measure } from "../../src/core/measures/measure.ts";
import { resolveMeasures } from "../../src/core/measures/measures.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** What independent implementations of the measures say (the folder's README has the rules). */
interface Oracle {
  readonly measures: Readonly<Record<string, { readonly kind: string; readonly tol: number }>>;
  readonly cases: Readonly<Record<string, { readonly X: Rows; readonly Y: Rows }>>;
  readonly consensus: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly extras: {
    readonly minibatch_unbiased_cka: {
      readonly batches: readonly { readonly X: Rows; readonly Y: Rows }[];
      readonly definition: number;
    };
    readonly google_demo_published: {
      readonly "printed in the notebook, 5 digits": Readonly<Record<string, number>>;
    };
  };
}

type Rows = readonly (readonly number[])[];

const options = { skip: withoutShared };
const measures = resolveMeasures(["all"]);

function oracle(): Oracle {
  return JSON.parse(readFileSync(resolve(sharedFolder() ?? "", "oracle/oracle.json"), "utf8")) as Oracle;
}

function float64Gram(rows: Rows): Gram {
  return gramOf(Float64Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0);
}

/** The Gram rounded to float32 numbers, which is how the store keeps it and the runtime makes it. */
function float32Gram(rows: Rows): Gram {
  const { size, packed } = float64Gram(rows);
  const square = new Float32Array(size * size);
  let at = 0;
  for (let s = 0; s < size; s++) for (let t = s; t < size; t++) square[s * size + t] = packed[at++]!;
  return packGram(square, size);
}

function value(measure: Measure, x: Gram, y: Gram): number | null {
  const run = measure.full([x], [y]);
  for (;;) {
    const step = run.next();
    if (step.done) return step.value.values[0]?.[0] ?? null;
  }
}

test("every case agrees with the consensus, in float64 and from stored float32 Grams", options, (t) => {
  const { cases, consensus, measures: definitions } = oracle();
  for (const measure of measures) {
    const definition = definitions[measure.id];
    assert.equal(measure.kind, definition?.kind);
    const worst = { float64: 0, float32: 0 };
    let compared = 0;
    for (const [name, { X, Y }] of Object.entries(cases)) {
      const expected = consensus[name]?.[measure.id] ?? null;
      if (expected === null) continue;
      compared++;
      for (const [precision, gram] of [
        ["float64", float64Gram],
        ["float32", float32Gram],
      ] as const) {
        const actual = value(measure, gram(X), gram(Y));
        assert.ok(actual !== null, `${name} ${measure.id} is undefined`);
        const difference = Math.abs(actual - expected);
        worst[precision] = Math.max(worst[precision], difference);
        const tolerance = precision === "float64" ? Math.max(1e-9, definition?.tol ?? 0) : 1e-5;
        assert.ok(difference <= tolerance, `${name} ${measure.id} ${precision}: ${actual} for ${expected}`);
      }
    }
    assert.ok(compared >= 19, `only ${compared} cases have a consensus`);
    t.diagnostic(`${measure.id}: ${compared} cases, largest difference ${JSON.stringify(worst)}`);
  }
});

test("features with a mean of 1000 lose no digits", options, () => {
  const large = oracle().cases.large_offset_n16_d8;
  assert.ok(large);
  const actual = value(measures[0]!, float64Gram(large.X), float64Gram(large.Y));
  assert.ok(actual !== null && Math.abs(actual - 0.47934977) <= 1e-8, `${actual}`);
});

test("a constant representation is undefined", options, () => {
  const constant = oracle().cases.constant_X;
  assert.ok(constant);
  for (const measure of measures) {
    assert.equal(value(measure, float64Gram(constant.X), float64Gram(constant.Y)), null);
    assert.equal(value(measure, float32Gram(constant.X), float32Gram(constant.Y)), null);
  }
});

test("batches of 8, 8 and 6 accumulate to the paper's ratio of sums", options, (t) => {
  const { batches, definition } = oracle().extras.minibatch_unbiased_cka;
  const estimate = measures[0]!.minibatch();
  for (const { X, Y } of batches) estimate.add([float64Gram(X)], [float64Gram(Y)]);
  const actual = estimate.result().values[0]?.[0] ?? Number.NaN;
  t.diagnostic(`difference ${Math.abs(actual - definition)}`);
  assert.ok(Math.abs(actual - definition) <= 1e-9);
});

test("the digits that the reference notebook prints", options, () => {
  const { cases, extras } = oracle();
  const demo = cases.google_demo_1337;
  assert.ok(demo);
  for (const measure of measures) {
    const printed = extras.google_demo_published["printed in the notebook, 5 digits"][measure.id];
    assert.equal(Number(value(measure, float64Gram(demo.X), float64Gram(demo.Y))?.toFixed(5)), printed);
  }
});
