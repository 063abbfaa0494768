import assert from "node:assert/strict";
import { test } from "node:test";
import { reportCsv } from "../../../../src/core/report/csv.ts";
import { negativeReport, smallReport, threeModelsReport } from "../../../fixtures/reports.ts";

const lines = (text: string | undefined) => text!.split("\r\n");

test("one file per measure, one line per cell, each with what it rests on", () => {
  const files = reportCsv(smallReport());
  const cells = lines(files.get("cka.linear.unbiased.csv"));
  assert.equal(cells[0], "row,column,value,low,high,n,estimator,batch,probe,version");
  assert.match(cells[1]!, /^conv1,conv1,1,0\.99,1,512,full,,sha256:[0-9a-f]{64},0\.1\.0$/);
  assert.equal(cells.length, 1 + 25 + 1);
  assert.equal(cells.at(-1), "");
});

test("conventions, models and probe stand in an index", () => {
  const [head, ...rows] = lines(reportCsv(smallReport()).get("measures.csv"));
  assert.equal(rows.length, 3 + 1);
  assert.ok(head!.startsWith("file,measure,a,b,"));
  assert.match(rows[0]!, /"HSIC₁ of linear Grams, columns centred/);
});

test("an undefined value is an empty field", () => {
  const file = reportCsv(negativeReport()).get("cka.linear.unbiased.csv")!;
  assert.match(file, /\r\nrelu5,conv1,,,,512,full,/);
});

test("with three models every pair has its own file", () => {
  const names = [...reportCsv(threeModelsReport()).keys()];
  assert.equal(names.filter((name) => name.endsWith(".cka.linear.unbiased.csv")).length, 3);
  assert.ok(names.includes("1-2.cka.linear.unbiased.csv"));
});

test("names are quoted, and never run as a formula", () => {
  const report = smallReport();
  const matrix = { ...report.measures!["cka.linear.biased"]!, rows: ['=HYPERLINK("x")', "a,b", "c\nd", "-1", "e"] };
  const text = reportCsv({ ...report, measures: { "cka.linear.biased": matrix } }).get("cka.linear.biased.csv")!;
  assert.ok(text.includes('\r\n"\'=HYPERLINK(""x"")",conv1,'));
  assert.ok(text.includes('\r\n"a,b",conv1,'));
  assert.ok(text.includes('\r\n"c\nd",conv1,'));
  assert.ok(text.includes("\r\n'-1,conv1,"));
});

test("measure ids cannot leave the folder", () => {
  const report = smallReport();
  const matrix = report.measures!["cka.linear.biased"]!;
  const names = [...reportCsv({ ...report, measures: { "../x": matrix } }).keys()];
  assert.ok(names.every((name) => !name.includes("/")));
});
