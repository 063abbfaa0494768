import assert from "node:assert/strict";
import { test } from "node:test";
import { comparedPairs } from "../../../../src/core/report/pairs.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { heatmapSvg } from "../../../../src/core/report/svg.ts";
import { largeReport, negativeReport, smallReport } from "../../../fixtures/reports.ts";

const unbiased = "cka.linear.unbiased";

function svgOf(report: Report, id = unbiased): string {
  return heatmapSvg(report, comparedPairs(report)[0]!, id);
}

test("every cell is drawn once, with values and names where they fit", () => {
  const svg = svgOf(smallReport());
  assert.equal(svg.match(/M[\d.]+ [\d.]+h/g)?.length, 25);
  assert.ok(svg.includes(">conv1</text>") && svg.includes(">1.00</text>"));
  assert.equal(svg.match(/<circle /g)?.length, 5);
});

test("the figure says what its numbers rest on", () => {
  const svg = svgOf(smallReport());
  assert.match(svg, /n 512, full; probe [0-9a-f]{10}; HSIC₁/);
  assert.match(svg, /Likeness 0\.1\.0/);
});

test("undefined cells have an outline and no colour", () => {
  assert.equal(
    svgOf(negativeReport())
      .match(/<path fill="none"[^>]*d="([^"]*)"/)?.[1]
      ?.match(/M/g)?.length,
    35,
  );
});

test("200 × 200 stays under a megabyte", (t) => {
  const { length } = svgOf(largeReport());
  t.diagnostic(`${Math.round(length / 1000)} kB`);
  assert.ok(length < 1_000_000);
});

test("names from files stay names", () => {
  const report = smallReport();
  const matrix = report.measures![unbiased]!;
  const rows = ['<script>alert("1")</script>', "a\u0000b\ud800", ...matrix.rows.slice(2)];
  const svg = svgOf({ ...report, measures: { [unbiased]: { ...matrix, rows } } });
  assert.ok(!svg.includes("<script>"));
  assert.ok(svg.includes("a\ufffdb\ufffd"));
});

test("a measure that is not there gives no figure", () => {
  assert.equal(svgOf(smallReport(), "none"), "");
});
