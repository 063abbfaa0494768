import assert from "node:assert/strict";
import { test } from "node:test";
import { codeUnitOrder, naturalOrder } from "../../../../src/core/probe/naturalOrder.ts";

test("orders numbers by their value", () => {
  const names = [
    "img10.png",
    "img2.png",
    "img02.png",
    "img1b.png",
    "img1.png",
    "10",
    "9",
    "a",
    "",
    "img99999999999999999999.png",
  ];
  assert.deepEqual(names.toSorted(naturalOrder), [
    "",
    "9",
    "10",
    "a",
    "img1.png",
    "img1b.png",
    "img02.png",
    "img2.png",
    "img10.png",
    "img99999999999999999999.png",
  ]);
});

test("plain order is by code unit", () => {
  assert.deepEqual(["b", "a", "B", "10", "9"].toSorted(codeUnitOrder), ["10", "9", "B", "a", "b"]);
});
