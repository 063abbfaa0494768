import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../../../src/core/report/report.ts";
import { verdict } from "../../../../src/core/report/verdict.ts";
import {
  largeReport,
  mapMeasures,
  negativeReport,
  rectangularReport,
  smallReport,
  threeModelsReport,
} from "../../../fixtures/reports.ts";

const say = (report: Report) => verdict(report).join(" ").replaceAll("\u00a0", " ");
/** The small report with these values for the five layers of the same name. */
const withDiagonal = (...diagonal: (number | null)[]) =>
  mapMeasures(smallReport(), (value, row, column) => (row === column ? diagonal[row]! : value));

test("architecture, outputs, layers: in this order", () => {
  assert.equal(
    say(withDiagonal(0.99, 0.97, 0.6, 0.5, 0.4)),
    "Same architecture. Agree on 91 % of 512 images (A 87.5 %, B 87.9 % right). " +
      "Layers up to conv2 nearly identical (≥ 0.95); they part at conv3 (0.60).",
  );
});

test("a stage is named where the likeness ends with it", () => {
  assert.match(say(largeReport()), /Layers up to layer\.7\.attention\.out nearly identical/);
  const report = mapMeasures(largeReport(), (_, row) => (row < 12 ? 0.99 : 0.3));
  assert.match(say(report), /Layers up to layer\.0 nearly identical .* they part at layer\.1\.ln_1 \(0\.30\)/);
});

test("a single dip is no parting", () => {
  assert.match(say(withDiagonal(0.99, 0.7, 0.9, 0.9, 0.9)), /up to conv1 .*; least alike at conv2 \(0\.70\)\./);
});

test("all alike, and none alike", () => {
  assert.match(say(withDiagonal(1, 1, 0.96, 0.97, 0.95)), /All 5 layers are nearly identical \(≥ 0\.95\)\./);
  assert.match(
    say(withDiagonal(0.6, 0.7, 0.4, 0.3, 0.2)),
    /Most alike at conv2 \(0\.70\); they part at conv1 \(0\.60\)/,
  );
});

test("different architectures are compared by best match", () => {
  assert.match(say(rectangularReport()), /^Different architectures: ResNet-18 and ResNet-34\./);
  assert.match(say(rectangularReport()), /Best matches reach CKA 0\.\d\d \(median\), in the same order of depth\./);
});

test("doubt is said: few samples, synthetic images, undefined cells, wide intervals", () => {
  const report = smallReport();
  const few = mapMeasuresSamples(report, 16);
  assert.match(say(few), /Only 16 samples: take every number as a hint\./);
  const synthetic = { ...report, probe: { ...report.probe!, synthetic: true } };
  assert.match(say(synthetic), /of 512 synthetic images/);
  const { outputs: _, ...withoutOutputs } = synthetic;
  assert.match(say(withoutOutputs), /The images are synthetic/);
  assert.match(say(negativeReport()), /35 of 324 cells are undefined\./);
  const matrix = report.measures!["cka.linear.unbiased"]!;
  const low = matrix.values.map((row) => row.map((value) => value! - 0.3));
  const wide = { ...report, measures: { "cka.linear.unbiased": { ...matrix, low } } };
  assert.match(say(wide), /Intervals are wide \(typically ±0\.\d\d\)/);
});

test("outputs that are no classes, or cannot be compared", () => {
  const report = smallReport();
  const outputs = { ...report.outputs!, kind: "values", disagreement: null, what: "Boxes are not compared." } as const;
  assert.match(say({ ...report, outputs }), /Outputs differ by 31 % of their size on 512 images\./);
  assert.match(say({ ...report, outputs: { ...outputs, relativeDifference: null } }), /Boxes are not compared\./);
});

test("a model against itself", () => {
  const report = smallReport();
  assert.match(say({ ...report, models: [report.models[0]!, report.models[0]!] }), /^The same network:/);
});

test("three models: the most and the least alike pair", () => {
  const text = say(threeModelsReport());
  assert.match(text, /^3 models, 3 pairs\. Most alike: ears-seed0 and ears-seed1 \(0\.96 by layer, agree on 94 %\)\./);
  assert.match(text, /Least alike: ears-seed1 and tail-seed0/);
});

test("pairs that hardly differ are not ranked", () => {
  const report = threeModelsReport();
  const [first] = report.pairs!;
  const pairs = report.pairs!.map(({ a, b }) => ({ ...first!, a, b }));
  assert.match(say({ ...report, pairs }), /^3 models, 3 pairs\. All about equally alike \(0\.96 to 0\.96 by layer\)\./);
});

test("nothing compared, nothing said", () => {
  const { measures: _, ...report } = smallReport();
  assert.deepEqual(verdict(report), []);
});

function mapMeasuresSamples(report: Report, samples: number): Report {
  const measures = Object.fromEntries(Object.entries(report.measures!).map(([id, m]) => [id, { ...m, samples }]));
  return { ...report, measures };
}
