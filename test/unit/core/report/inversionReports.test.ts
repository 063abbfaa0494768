import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
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
