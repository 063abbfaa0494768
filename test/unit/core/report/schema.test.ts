import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as reports from "../../../fixtures/reports.ts";
import { violations } from "./jsonSchema.ts";

const schema = JSON.parse(readFileSync("media/schema/report.schema.json", "utf8"));
const { mapMeasures: _, ...makers } = reports;

for (const [name, make] of Object.entries(makers)) {
  test(`${name} conforms to the report's schema`, () => {
    assert.deepEqual(violations(schema, JSON.parse(JSON.stringify(make()))), []);
  });
}

test("a report without its conventions does not", () => {
  const report = reports.smallReport();
  const { convention: __, ...matrix } = report.measures!["cka.linear.unbiased"]!;
  const found = violations(schema, { ...report, measures: { "cka.linear.unbiased": matrix } });
  assert.deepEqual(found, ["$.measures.cka.linear.unbiased: lacks convention"]);
});
