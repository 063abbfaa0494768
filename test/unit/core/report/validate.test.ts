import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { parseReport, validReport } from "../../../../src/core/report/validate.ts";
import { largeReport, negativeReport, smallReport, threeModelsReport } from "../../../fixtures/reports.ts";

function problem(value: unknown): string {
  try {
    validReport(value);
  } catch (error) {
    assert.ok(error instanceof Failure);
    return `${error.code}: ${error.message}`;
  }
  return "";
}

/** The report with the value at a path of keys replaced. */
function changed(path: string, value: unknown, report: object = smallReport()): unknown {
  const copy = structuredClone(report) as Record<string, unknown>;
  const keys = path.split("/");
  let at: Record<string, unknown> = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1)!] = value;
  return copy;
}

test("every report that the product makes is one", () => {
  for (const make of [smallReport, negativeReport, largeReport, threeModelsReport]) {
    const report = make();
    assert.deepEqual(parseReport(JSON.stringify(report)), report);
  }
});

test("what is no report says so in its own words", () => {
  assert.throws(() => parseReport("{"), { code: "report/not-json" });
  for (const value of [null, [], 3, {}, { schema: 1 }, { schema: "else@1" }]) {
    assert.match(problem(value), /^report\/not-a-report/);
  }
  assert.match(problem({ ...smallReport(), schema: "likeness/report@2" }), /^report\/other-version/);
});

test("damage is named with its place", () => {
  const cka = "measures/cka.linear.unbiased";
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ["models", {}, /`report\.models` is not a list/],
    ["models/0/path", 3, /`report\.models\[0\]\.path` is not a text/],
    ["models/1/taps/0/shape", ["n", {}], /`report\.models\[1\]\.taps\[0\]\.shape\[1\]` is not a size/],
    [`${cka}/values`, [[1]], /\.values` does not have 5 rows/],
    [`${cka}/values/2`, [1, 2], /\.values\[2\]` does not have 5 columns/],
    [`${cka}/values/2`, [1, 2, 3, 4, "5"], /\.values\[2\]` holds something/],
    [`${cka}/low`, null, /\.low` does not have 5 rows/],
    [`${cka}/kind`, "feeling", /\.kind` is none of similarity, distance/],
    [`${cka}/samples`, -1, /\.samples` is not a whole number/],
    ["outputs/accuracy", [1], /accuracy` is not a pair/],
    ["models/0/path", "x".repeat(5000), /longer than 4096/],
    ["seconds", null, /`report\.seconds` is not an object/],
    ["warnings/0", "w", /`report\.warnings\[0\]` is not an object/],
  ];
  for (const [path, value, expected] of cases) assert.match(problem(changed(path, value)), expected);
});

test("indices and sizes are held to what is there", () => {
  const three = threeModelsReport();
  assert.match(problem(changed("pairs/0/b", 3, three)), /names a model that is not there/);
  assert.match(problem(changed("matrix/rows", ["a"], three)), /does not have|one row/);
  const names = Array.from({ length: 3000 }, () => "x");
  assert.match(
    problem(
      changed("measures/cka.linear.unbiased", {
        ...smallReport().measures!["cka.linear.unbiased"],
        rows: names,
        columns: names,
      }),
    ),
    /too many cells/,
  );
});

test("keys that every object inherits are not taken for a report's own", () => {
  const json = JSON.stringify(smallReport()).replace('"models":', '"__proto__":');
  assert.throws(() => parseReport(json), /`report\.models` is not a list/);
});
