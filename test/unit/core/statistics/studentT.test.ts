import assert from "node:assert/strict";
import { test } from "node:test";
import { studentT95 } from "../../../../src/core/statistics/studentT.ts";

test("agrees with printed tables of Student's t", () => {
  const table = [
    [3, 3.18245, 4e-3],
    [4, 2.77645, 1e-3],
    [7, 2.36462, 1e-4],
    [15, 2.13145, 1e-5],
    [30, 2.04227, 1e-5],
    [511, 1.96462, 1e-5],
  ] as const;
  for (const [degrees, expected, tolerance] of table) {
    const difference = Math.abs(studentT95(degrees) - expected);
    assert.ok(difference <= tolerance, `t(${degrees}) is off by ${difference}`);
  }
});
