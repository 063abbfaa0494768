import assert from "node:assert/strict";
import { test } from "node:test";
import { stepOf } from "../../webview/heatmap/keyboard.ts";

const size = { rows: 21, columns: 37 };
const from = { row: 10, column: 20 };
const press = (key: string, modifiers: { ctrlKey?: boolean; altKey?: boolean } = {}) =>
  stepOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...modifiers }, from, size, 10);
const moves = (row: number, column: number) => ({ kind: "move", to: { row, column } });

test("arrows move by one, pages by ten, ends by row and by matrix", () => {
  assert.deepEqual(press("ArrowUp"), moves(9, 20));
  assert.deepEqual(press("ArrowRight"), moves(10, 21));
  assert.deepEqual(press("PageDown"), moves(20, 20));
  assert.deepEqual(press("PageUp"), moves(0, 20));
  assert.deepEqual(press("Home"), moves(10, 0));
  assert.deepEqual(press("End"), moves(10, 36));
  assert.deepEqual(press("Home", { ctrlKey: true }), moves(0, 0));
  assert.deepEqual(press("End", { ctrlKey: true }), moves(20, 36));
  assert.deepEqual(press("ArrowDown", { ctrlKey: true }), moves(20, 20));
});

test("Enter opens, plus and minus zoom, Escape backs out", () => {
  assert.deepEqual(press("Enter"), { kind: "open" });
  assert.deepEqual(press("+"), { kind: "zoom", by: "in" });
  assert.deepEqual(press("-"), { kind: "zoom", by: "out" });
  assert.deepEqual(press("Escape"), { kind: "back" });
});

test("what belongs to the browser is left to it", () => {
  for (const key of ["Tab", "a", "F5"]) assert.equal(press(key), undefined);
  assert.equal(press("+", { ctrlKey: true }), undefined);
  assert.equal(press("ArrowLeft", { altKey: true }), undefined);
});
