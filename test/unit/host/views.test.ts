import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, type TestContext, test } from "node:test";
import type { ComparisonQuestion } from "../../../src/protocol/view.ts";
import { smallReport } from "../../fixtures/reports.ts";
import { FakeMemento, reset, stage } from "./fakeVscode.ts";

const { RecentComparisons } = await import("../../../src/host/views/recentComparisons.ts");
const { RecentFiles } = await import("../../../src/host/views/recentFiles.ts");
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

/** Two checkpoints on disk, and a view that lists their comparison. */
function compared(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "likeness-views-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = ["a.onnx", "b.onnx"].map((name) => join(folder, name));
  for (const path of paths) {
    writeFileSync(path, "");
    // Written before the comparison, by any clock.
    utimesSync(path, 0, 0);
  }
  const recent = new RecentComparisons(new FakeMemento());
  recent.add({ ...question(), models: paths.map((path) => ({ path })) }, smallReport());
  const files = new RecentFiles(recent);
  t.after(() => files.dispose());
  const view = new RecentView(recent, files);
  const [first] = view.getChildren();
  assert.ok(first);
  return { recent, files, view, first, paths, item: () => view.getTreeItem(first) };
}

test("an item names the comparison, says the verdict, and opens it", async (t) => {
  const { recent, view, first, paths, item } = compared(t);
  const { label, command, tooltip, contextValue } = await item();
  assert.equal(label, "a × b");
  assert.deepEqual(command?.arguments, [first]);
  assert.ok(String(tooltip).startsWith(first.verdict[0] ?? "-"));
  assert.ok(String(tooltip).endsWith(paths.join("\n")));
  assert.equal(contextValue, "likeness.recent");
  recent.remove(first);
  assert.deepEqual(view.getChildren(), []);
});

test("an item says that a checkpoint was written anew, or is gone", async (t) => {
  const { paths, item } = compared(t);
  const later = Date.now() / 1000 + 60;
  utimesSync(paths[0] ?? "", later, later);
  const changed = await item();
  assert.match(String(changed.description), /· changed since$/);
  assert.equal(changed.contextValue, "likeness.recent.changed");
  rmSync(paths[1] ?? "");
  assert.match(String((await item()).description), /· no longer there$/);
});

test("the disk is watched only while the view is seen", (t) => {
  const { files, view } = compared(t);
  let changes = 0;
  view.onDidChangeTreeData(() => changes++);
  assert.equal(stage.watchers.length, 0);
  files.seen(true);
  assert.equal(stage.watchers.length, 1);
  assert.equal(changes, 1);
  files.seen(false);
  assert.equal(stage.watchers.length, 0);
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
