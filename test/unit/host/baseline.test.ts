import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Memento, Uri } from "vscode";
import { FakeMemento, rename, reset, stage, vscode } from "./fakeVscode.ts";

const { Baseline } = await import("../../../src/host/baseline/baseline.ts");
const { BaselineFile } = await import("../../../src/host/baseline/baselineFile.ts");
const { BaselineDecorations } = await import("../../../src/host/baseline/decorations.ts");
const { BaselineView } = await import("../../../src/host/views/baselineView.ts");

const memento = (): Memento => new FakeMemento();
const file = (path: string): Uri => vscode.Uri.file(path) as unknown as Uri;
const best = file("/work/runs/best.onnx");

beforeEach(() => reset({ files: new Set([best.path]) }));

test("a baseline is remembered, and forgotten when it is cleared", () => {
  const memory = memento();
  new Baseline(memory).select(best);
  const later = new Baseline(memory);
  assert.equal(later.uri?.path, best.path);
  later.clear();
  assert.equal(new Baseline(memory).uri, undefined);
});

test("whoever listens hears of the old baseline and the new one", () => {
  const baseline = new Baseline(memento());
  const heard: string[][] = [];
  baseline.onDidChange((uris) => heard.push(uris.map(({ path }) => path)));
  baseline.select(best);
  baseline.select(file("/work/b.onnx"));
  baseline.clear();
  assert.deepEqual(heard, [[best.path], [best.path, "/work/b.onnx"], ["/work/b.onnx"]]);
});

test("the badge is on the baseline alone", () => {
  const baseline = new Baseline(memento());
  const decorations = new BaselineDecorations(baseline);
  baseline.select(best);
  assert.equal(decorations.provideFileDecoration(best)?.badge, "◆");
  assert.equal(decorations.provideFileDecoration(file("/work/b.onnx")), undefined);
});

test("a baseline follows its file when that or its folder is renamed", () => {
  const baseline = new Baseline(memento());
  const followed = new BaselineFile(baseline);
  baseline.select(best);
  rename("/work/runs/best.onnx", "/work/runs/good.onnx");
  assert.equal(baseline.uri?.path, "/work/runs/good.onnx");
  rename("/work/runs", "/work/old");
  assert.equal(baseline.uri?.path, "/work/old/good.onnx");
  rename("/work/ol", "/work/new");
  assert.equal(baseline.uri?.path, "/work/old/good.onnx");
  followed.dispose();
});

test("a baseline whose file is gone stays chosen and says so", async () => {
  const baseline = new Baseline(memento());
  const followed = new BaselineFile(baseline);
  baseline.select(best);
  const view = new BaselineView(baseline, followed);
  let changes = 0;
  view.onDidChangeTreeData(() => changes++);
  const [element] = view.getChildren();
  assert.ok(element);
  assert.equal((await view.getTreeItem(element)).description, "runs");
  assert.deepEqual(
    stage.watchers.map(({ pattern }) => pattern),
    [best.path],
  );
  stage.files.clear();
  stage.watchers[0]?.deleted.fire(best);
  assert.equal(changes, 1);
  assert.equal((await view.getTreeItem(element)).description, "is no longer there");
  assert.equal(baseline.uri?.path, best.path);
  followed.dispose();
  assert.deepEqual(stage.watchers, []);
});

test("the watcher takes a name for itself, whatever is in it", () => {
  const baseline = new Baseline(memento());
  const followed = new BaselineFile(baseline);
  baseline.select(file("/work/epoch[1]{a}*.onnx"));
  assert.equal(stage.watchers[0]?.pattern, "/work/epoch[[]1[]][{]a[}][*].onnx");
  followed.dispose();
});
