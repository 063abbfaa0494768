import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { ComparisonQuestion } from "../../../src/protocol/view.ts";
import { smallReport } from "../../fixtures/reports.ts";
import { FakeMemento, reset } from "./fakeVscode.ts";

const { RecentComparisons } = await import("../../../src/host/views/recentComparisons.ts");
const { RecentView } = await import("../../../src/host/views/recentView.ts");
const { comparisonTitle } = await import("../../../src/host/modelNames.ts");
const { fileSize } = await import("../../../src/host/commands/upkeep.ts");

const question = (...names: string[]): ComparisonQuestion => ({
  models: names.map((name) => ({ path: `/work/${name}.onnx` })),
  batch: 128,
  estimator: "auto",
  measures: ["all"],
});

beforeEach(() => reset());

test("the latest comparison stands first, the same question once, and they are remembered", () => {
  const memory = new FakeMemento();
  const recent = new RecentComparisons(memory);
  for (const asked of [question("a", "b"), question("a", "c"), question("a", "b")]) recent.add(asked, smallReport());
  const later = new RecentComparisons(memory);
  assert.deepEqual(
    later.all.map((each) => each.question),
    [question("a", "b"), question("a", "c")],
  );
});

test("twenty comparisons are kept", () => {
  const recent = new RecentComparisons(new FakeMemento());
  for (let i = 0; i < 25; i++) recent.add(question("a", `b${i}`), smallReport());
  assert.equal(recent.all.length, 20);
  assert.deepEqual(recent.all[0]?.question, question("a", "b24"));
});

test("an item names the comparison, says the verdict, and opens it", () => {
  const recent = new RecentComparisons(new FakeMemento());
  recent.add(question("a", "b"), smallReport());
  const view = new RecentView(recent);
  const [first] = view.getChildren();
  assert.ok(first);
  const item = view.getTreeItem(first);
  assert.equal(item.label, "a × b");
  assert.deepEqual(item.command?.arguments, [first]);
  assert.ok(String(item.tooltip).startsWith(first.verdict[0] ?? "-"));
  assert.ok(String(item.tooltip).endsWith("/work/a.onnx\n/work/b.onnx"));
  recent.remove(first);
  assert.deepEqual(view.getChildren(), []);
});

test("a title names the models, as far as there is room", () => {
  assert.equal(comparisonTitle(["/r/1/best.pt", "/r/2/best.pt"]), "1/best × 2/best");
  assert.equal(comparisonTitle(["/a.onnx", "/b.onnx", "/c.onnx", "/d.onnx"]), "a × b × … (4)");
});

test("sizes are for people", () => {
  assert.deepEqual([1, 1499, 2_500_000, 3.44e9].map(fileSize), [
    "1\u00a0KB",
    "1\u00a0KB",
    "2.5\u00a0MB",
    "3.4\u00a0GB",
  ]);
});
