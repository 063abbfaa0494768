import assert from "node:assert/strict";
import { test } from "node:test";
import { Geometry, type Room, wholeView } from "../../webview/heatmap/geometry.ts";

const room: Room = { width: 700, maximumHeight: 640, left: 100, top: 80, pixelRatio: 2 };
const size = { rows: 200, columns: 200 };

test("every point of the plot belongs to the cell whose box holds it", () => {
  const geometry = new Geometry({ rows: 21, columns: 37 }, room, wholeView);
  for (const cell of [
    { row: 0, column: 0 },
    { row: 20, column: 36 },
    { row: 7, column: 19 },
  ]) {
    const { x, y, width, height } = geometry.box(cell);
    assert.deepEqual(geometry.cellAt(x + width / 2, y + height / 2), cell);
  }
  assert.equal(geometry.cellAt(room.left - 1, room.top + 5), undefined);
});

test("edges lie on whole device pixels, at any zoom", () => {
  for (const zoom of [1, 1.7, 5.3]) {
    const geometry = new Geometry(size, room, { row: 3.3, column: 7.7, zoom });
    for (const i of [0, 1, 57, 199, 200]) {
      assert.equal(geometry.columnEdge(i) * room.pixelRatio, Math.round(geometry.columnEdge(i) * room.pixelRatio));
      assert.equal(geometry.rowEdge(i) * room.pixelRatio, Math.round(geometry.rowEdge(i) * room.pixelRatio));
    }
  }
});

test("cells are square and fit the room", () => {
  for (const [rows, columns] of [
    [5, 5],
    [200, 200],
    [3, 90],
    [90, 3],
    [1, 1],
  ] as const) {
    const { plot, cell, height } = new Geometry({ rows, columns }, room, wholeView);
    assert.ok(plot.x + plot.width <= room.width && height <= room.maximumHeight);
    assert.ok(Math.abs(plot.width / columns - cell) < 1e-9 && Math.abs(plot.height / rows - cell) < 1e-9);
  }
});

test("zooming keeps the point under the pointer", () => {
  const before = new Geometry(size, room, wholeView);
  const [x, y] = [400, 300];
  const after = new Geometry(size, room, before.zoomed(4, x, y));
  assert.deepEqual(after.cellAt(x, y), before.cellAt(x, y));
  assert.equal(after.view.zoom, 4);
});

test("no view leaves the matrix", () => {
  const { view } = new Geometry(size, room, { row: 500, column: -20, zoom: 2 });
  assert.ok(view.row <= 100 && view.row > 99);
  assert.equal(view.column, 0);
  assert.equal(new Geometry(size, room, { row: 9, column: 9, zoom: 0.1 }).view.row, 0);
});

test("a cell out of sight is brought in whole", () => {
  const geometry = new Geometry(size, room, { row: 0, column: 0, zoom: 4 });
  const moved = new Geometry(size, room, geometry.revealing({ row: 150, column: 10 }));
  const { y, height } = moved.box({ row: 150, column: 10 });
  assert.ok(y + height <= moved.plot.y + moved.plot.height + 1);
  assert.equal(moved.view.column, 0);
});
