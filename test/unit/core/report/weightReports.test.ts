import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Report } from "../../../../src/core/report/report.ts";
import { reportSummary } from "../../../../src/core/report/summary.ts";
import { parseReport } from "../../../../src/core/report/validate.ts";
import { checkReport, diffReport } from "../../../fixtures/weightReports.ts";
import { violations } from "./jsonSchema.ts";

const schema = JSON.parse(readFileSync("media/schema/report.schema.json", "utf8"));
const plain = (report: Report, width = 100) =>
  reportSummary(report, { colour: false, width }).replaceAll("\u00a0", " ");

describe("a check", () => {
  test("conforms to the schema, and is read back", () => {
    assert.deepEqual(violations(schema, JSON.parse(JSON.stringify(checkReport()))), []);
    assert.deepEqual(parseReport(JSON.stringify(checkReport())), checkReport());
  });

  test("is told finding by finding, with the file that each is of", () => {
    const text = plain(checkReport());
    assert.match(text, /^error: epoch=2: Weights that are no finite numbers\.\n {2}1 of 62 tensors: fc\.weight/m);
    assert.match(text, /^information: Layers that are the same in both\.\n {2}1 of 3 layers/m);
    assert.ok(!text.includes("Nothing to find fault with."));
    assert.match(plain({ ...checkReport(), findings: [] }), /^Nothing to find fault with\.$/m);
  });
});

describe("a difference", () => {
  test("conforms to the schema, and is read back", () => {
    assert.deepEqual(violations(schema, JSON.parse(JSON.stringify(diffReport()))), []);
    assert.deepEqual(parseReport(JSON.stringify(diffReport())), diffReport());
    const damaged = JSON.stringify(diffReport()).replace('"state":"shape"', '"state":"other"');
    assert.throws(() => parseReport(damaged), { code: "report/damaged", message: /tensors\[2\]\.state` is none of/ });
  });

  test("is told as a sentence, by module, and tensor by tensor", () => {
    const text = plain(diffReport());
    assert.match(text, /^5 tensors: 1 equal, 1 changed, 1 of another shape, 1 not read, 1 only in A\. Over all/m);
    assert.match(text.replaceAll("\n", " "), /Names were matched after "net\." from A's was taken off\./);
    assert.match(text, /^ {2}net\.conv1 +1 of 2 differ +12\.5 % +0\.9921 +0\.75$/m);
    assert.match(text, /^Tensors that differ\n {2}net\.conv1\.bias = conv1\.bias +changed +12\.5 % +0\.9921 +0\.75$/m);
    assert.match(text, /^ {2}net\.fc\.weight = .* of another shape +float32 64 × 10 → float32 64 × 100$/m);
    assert.match(text, /^ {2}odd +not read +Its type is listed but not read\.$/m);
    assert.ok(!text.includes("net.conv1.weight"));
  });

  test("no line is wider than the terminal", () => {
    const long = "a.very.deep.module.".repeat(12);
    const report = diffReport();
    const { weights } = report;
    assert.ok(weights);
    const tensors = weights.tensors.map((tensor) => ({ ...tensor, name: long + tensor.name }));
    for (const width of [60, 80, 120]) {
      const lines = plain({ ...report, weights: { ...weights, tensors } }, width).split("\n");
      assert.ok(lines.every((line) => line.length <= width));
    }
  });
});
