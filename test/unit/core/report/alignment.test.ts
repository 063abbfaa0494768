import assert from "node:assert/strict";
import { test } from "node:test";
import { alignByDepth, bestMatches, isSameArchitecture } from "../../../../src/core/report/alignment.ts";
import { comparedPairs } from "../../../../src/core/report/pairs.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { rectangularReport, smallReport } from "../../../fixtures/reports.ts";

const leading = (report: Report) => {
  const pair = comparedPairs(report)[0]!;
  return { pair, matrix: pair.measures.get("cka.linear.unbiased")! };
};

test("one architecture is aligned by name", () => {
  const { pair, matrix } = leading(smallReport());
  const { by, cells } = alignByDepth(pair, matrix);
  assert.equal(by, "name");
  assert.deepEqual(
    cells,
    [0, 1, 2, 3, 4].map((i) => ({ row: i, column: i })),
  );
  assert.ok(isSameArchitecture(pair));
});

test("names that all stand in a deeper network do not make it the same", () => {
  const { pair, matrix } = leading(rectangularReport());
  assert.equal(alignByDepth(pair, matrix).by, "match");
  assert.ok(!isSameArchitecture(pair));
});

test("a convolution with batch norm folded into it answers to the batch norm", () => {
  const report = smallReport();
  const folded = report.models[0]!.taps.map((tap) => (tap.name === "conv1" ? { ...tap, folded: ["bn1"] } : tap));
  const { pair, matrix } = leading({ ...report, models: [{ ...report.models[0]!, taps: folded }, report.models[1]!] });
  const columns = ["conv1", "bn1", "conv2", "conv3", "pool"];
  const { cells } = alignByDepth(pair, { ...matrix, columns });
  assert.deepEqual(cells[0], { row: 0, column: 1 });
});

test("best matches follow the kind of the measure, and skip what is undefined", () => {
  const values = [
    [0.2, 0.9, null],
    [null, null, null],
    [0.5, 0.1, 0.5],
  ];
  assert.deepEqual(bestMatches({ values, kind: "similarity" }), [1, null, 0]);
  assert.deepEqual(bestMatches({ values, kind: "distance" }), [0, null, 1]);
});
