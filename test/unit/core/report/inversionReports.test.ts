import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { reportCsv } from "../../../../src/core/report/csv.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { reportSummary } from "../../../../src/core/report/summary.ts";
import { validReport } from "../../../../src/core/report/validate.ts";
import { smallReport } from "../../../fixtures/reports.ts";
import { violations } from "./jsonSchema.ts";

const schema = JSON.parse(readFileSync("media/schema/report.schema.json", "utf8"));

function inversionReport(): Report {
  const { measures: _, outputs: __, ...frame } = smallReport();
  const matrices = (other: number) => ({
    biased: [
      [1, other],
      [other, 1],
    ],
    unbiased: [
      [1, other - 0.1],
      [null, 1],
    ],
  });
  return {
    ...frame,
    kind: "inversion",
    inversion: {
      preset: "jones",
      convention: "as it was done",
      tap: "pool",
      taps: ["pool", "pool"],
      steps: 2000,
      seedKind: "other-class",
      repeats: 1,
      pairs: { seeds: [0, 1], targets: [2, 3] },
      residual: [
        [0.01, 0.03],
        [0.2, 0.4],
      ],
      curves: [
        { steps: [0, 2000], median: [1, 0.02] },
        { steps: [0, 2000], median: [1, 0.3] },
      ],
      converged: [1, 0],
      distance: [2.1, 2.2],
      agreement: [
        [1, null],
        [0.5, 0.5],
      ],
      trusted: [true, false],
      cka: { natural: matrices(0.75), jones: matrices(0.28), stir: matrices(0.3), selfStir: matrices(0.99) },
    },
  };
}

/** With all that can be asked for besides. */
function fullReport(): Report {
  const report = inversionReport();
  const { residual, converged, distance, agreement, trusted, cka } = report.inversion!;
  const square = [
    [1, -0.5],
    [null, 1],
  ];
  const map = { biased: [[0.9, 0.5, null]], unbiased: [[0.8, 0.4, null]] };
  const pictures = (pair: string) => ({
    seed: `${pair}-seed.png`,
    target: `${pair}-target.png`,
    inversions: [`${pair}-a.png`, `${pair}-b.png`],
    descents: [
      { file: `${pair}-a-descent.png`, steps: [0, 1, 7] },
      { file: `${pair}-b-descent.png`, steps: [0] },
    ],
  });
  return {
    ...report,
    inversion: {
      ...report.inversion!,
      images: "/pictures",
      pictures: [pictures("000"), pictures("001")],
      classes: {
        labels: [3, 4],
        seeds: [[1, 2], null],
        targets: [[3, 4], null],
        inversions: [
          [[3, 4], null],
          [[1, 2], null],
        ],
      },
      grams: {
        natural: [square, square],
        inverted: [
          [square, square],
          [square, square],
        ],
      },
      maps: [{ models: [0, 1], rows: ["conv"], columns: ["x", "y", "z"], natural: map, inverted: [map, map] }],
      layers: [{ taps: ["stem", "stem"], residual, converged, distance, agreement, trusted, cka }],
      saliency: { mean: square, error: square },
      controversial: {
        matched: [
          [null, 0.08],
          [0.09, null],
        ],
        avoided: [
          [null, 0.97],
          [0.96, null],
        ],
        pictures: [
          [[], ["000-a-not-b.png", "001-a-not-b.png"]],
          [["000-b-not-a.png", "001-b-not-a.png"], []],
        ],
      },
    },
  };
}

test("so does one with all that can be asked for, and names of files lead nowhere else", () => {
  const report = JSON.parse(JSON.stringify(fullReport()));
  assert.deepEqual(violations(schema, report), []);
  assert.deepEqual(validReport(report), report);
  for (const name of ["../000.png", "a/b.png", "c:x.png", "..", ""]) {
    report.inversion.pictures[0].descents[1].file = name;
    assert.throws(() => validReport(report), /is no name of a file/, name);
  }
});

test("what is told besides has to fit models, images and layers, too", () => {
  const damaged = (change: (inversion: ReturnType<typeof JSON.parse>) => void) => {
    const report = JSON.parse(JSON.stringify(fullReport()));
    change(report.inversion);
    return () => validReport(report);
  };
  const cases: readonly (readonly [RegExp, (inversion: ReturnType<typeof JSON.parse>) => void])[] = [
    [/pictures\[1\].* one entry per model/, ({ pictures }) => pictures[1].descents.pop()],
    [/classes.* one entry per model/, ({ classes }) => classes.inversions.pop()],
    [/grams.* 2 columns/, ({ grams }) => grams.inverted[1][0][1].pop()],
    [/grams.* one entry per model/, ({ grams }) => grams.natural.pop()],
    [/maps\[0\].* 3 columns/, ({ maps }) => maps[0].inverted[1].unbiased[0].pop()],
    [/maps\[0\]\.models.* not there/, ({ maps }) => maps[0].models.fill(2)],
    [/layers\[0\]\.trusted.* one entry per model/, ({ layers }) => layers[0].trusted.pop()],
    [/saliency\.error.* 2 rows/, ({ saliency }) => saliency.error.pop()],
    [/controversial\.avoided\[0\].* 2 columns/, ({ controversial }) => controversial.avoided[0].pop()],
  ];
  for (const [message, change] of cases) assert.throws(damaged(change), message);
});

test("CSV has every number once, with what it is of", () => {
  const files = reportCsv(fullReport());
  const lines = (name: string) => files.get(name)?.trimEnd().split("\r\n") ?? [];
  assert.deepEqual(
    [...files.keys()],
    [
      ...["similarity.csv", "images.csv", "curves.csv", "0-1.layers.csv"],
      ...["grams.csv", "saliency.csv", "controversial.csv"],
    ],
  );
  assert.equal(lines("similarity.csv").length, 1 + 2 * 4);
  const [heading = "", ...similarities] = lines("similarity.csv").map((line) => line.split(","));
  const column = (name: string) => heading.indexOf(name);
  const across = similarities[5]!;
  assert.deepEqual(
    ["layer", "inverting_tap", "natural_biased", "jones_unbiased", "stir_biased", "trusted"].map(
      (name) => across[column(name)],
    ),
    ["1", "pool", "0.75", String(0.28 - 0.1), "0.3", "true"],
  );
  assert.match(lines("images.csv")[1]!, /^0,0,2,3,.*,0\.01,3,3$/);
  assert.equal(lines("curves.csv").length, 1 + 4);
  assert.equal(lines("0-1.layers.csv")[2], "conv,y,0.5,0.4,0.5,0.4,0.5,0.4");
  assert.equal(lines("grams.csv").length, 1 + 6 * 4);
  assert.match(lines("controversial.csv")[2]!, /,0\.08,0\.97$/);
});

test("the terminal tells of layers, maps, gradients and controversial images", () => {
  const text = reportSummary(fullReport(), { colour: false, width: 120 });
  assert.match(text, /By layer.*\n.*Jones.*\n *stem .* against .*0\.75 \(0\.65\).*\n.*not to be trusted/);
  assert.match(text, /conv × x +0\.90 \(0\.80\)/);
  assert.match(text, /mean cosine ± standard error.*\n.*\n.*−0\.50 ± −0\.50/);
  assert.match(text, /0\.08 \/ 0\.97/);
});

test("a report of inversions conforms to the schema and is let in", () => {
  const report = JSON.parse(JSON.stringify(inversionReport()));
  assert.deepEqual(violations(schema, report), []);
  assert.deepEqual(validReport(report), report);
});

test("matrices and lists that do not fit the models are refused", () => {
  const damaged = (change: (inversion: Record<string, unknown>) => void) => {
    const report = JSON.parse(JSON.stringify(inversionReport()));
    change(report.inversion);
    return () => validReport(report);
  };
  assert.throws(
    damaged((inversion) => (inversion.trusted as unknown[]).pop()),
    /trusted.* one entry per model/,
  );
  assert.throws(
    damaged((inversion) => (inversion.agreement as unknown[]).pop()),
    /agreement.* 2 rows/,
  );
  const jones = (inversion: Record<string, unknown>) => (inversion.cka as { jones: { biased: unknown[][] } }).jones;
  assert.throws(
    damaged((inversion) => jones(inversion).biased[1]?.pop()),
    /jones\.biased\[1\].* 2 columns/,
  );
  assert.throws(
    damaged((inversion) => delete inversion.curves),
    /curves/,
  );
});

test("the terminal shows the matrices side by side and what is not to be trusted", () => {
  const text = reportSummary(inversionReport(), { colour: false, width: 100 });
  assert.match(text, /0\.75 \(0\.65\)/);
  assert.match(text, /0\.28 \(0\.18\)/);
  assert.match(text, /0\.020 +100.%.*\n.*0\.30 +0.%.*not to be trusted/);
});
