import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Uri } from "vscode";
import { Failure } from "../../../src/core/failure.ts";
import type { ComparisonQuestion } from "../../../src/protocol/view.ts";
import { FakeMemento, reset, stage, vscode } from "./fakeVscode.ts";

const { Baseline } = await import("../../../src/host/baseline/baseline.ts");
const { BaselineFile } = await import("../../../src/host/baseline/baselineFile.ts");
const { activeCheckpoint, givenCheckpoints } = await import("../../../src/host/commands/checkpoints.ts");
const { compare, compareWithBaseline, selectBaseline } = await import("../../../src/host/commands/compare.ts");
const { complaining } = await import("../../../src/host/commands/complaints.ts");
const { Log } = await import("../../../src/host/log.ts");

const file = (path: string): Uri => vscode.Uri.file(path) as unknown as Uri;
const [a, b, c] = [file("/work/a.onnx"), file("/work/b.onnx"), file("/work/c.safetensors")];

/** What was chosen for checkpoints' architectures before, by path. */
const architectures = new Map<string, string>();

/** The parts that commands work on, with what they open. */
function parts() {
  const baseline = new Baseline(new FakeMemento());
  const opened: string[][] = [];
  return {
    architectures: { of: (path: string) => architectures.get(path) },
    baseline,
    baselineFile: new BaselineFile(baseline),
    opened,
    open: (question: ComparisonQuestion) => void opened.push(question.models.map(({ path }) => path)),
  };
}

beforeEach(() => reset({ files: new Set([a.path, b.path, c.path]) }));

test("the Explorer's selection is taken as it stands, without what is no checkpoint and without doubles", () => {
  assert.deepEqual(givenCheckpoints(b, [a, file("/work/notes.md"), b, a]), [a, b]);
  assert.deepEqual(givenCheckpoints(b, undefined), [b]);
  assert.deepEqual(givenCheckpoints({ question: {} }, undefined), []);
  // A file of another ending may be one all the same: its content says.
  assert.deepEqual(givenCheckpoints(file("/work/weights"), undefined), [file("/work/weights")]);
});

test("a file that is on no disk is refused by name", () => {
  const elsewhere = vscode.Uri.parse("vscode-vfs://github/a.onnx");
  assert.throws(
    () => givenCheckpoints(elsewhere, undefined),
    (error) => error instanceof Failure && error.code === "editor/not-a-file" && error.message.includes("a.onnx"),
  );
});

test("two or more files are compared without a question", async () => {
  const here = parts();
  await compare(here, b, [a, b, c]);
  assert.deepEqual(here.opened, [[a.path, b.path, c.path]]);
  assert.deepEqual(stage.picked, []);
});

test("what is missing is chosen from the workspace, in order of numbers", async () => {
  const here = parts();
  stage.found = ["/work/epoch=10.onnx", "/work/epoch=9.onnx", a.path].map((path) => vscode.Uri.file(path));
  await compare(here, a);
  assert.deepEqual(stage.picked, [["epoch=9.onnx", "epoch=10.onnx"]]);
  assert.deepEqual(here.opened, [[a.path, "/work/epoch=9.onnx", "/work/epoch=10.onnx"]]);
});

test("the summary in front is what the palette's commands are about", async () => {
  stage.activeInput = new vscode.TabInputCustom(vscode.Uri.file(b.path), "likeness.checkpoint");
  assert.equal(activeCheckpoint()?.path, b.path);
  const here = parts();
  here.baseline.select(a);
  await compareWithBaseline(here);
  assert.deepEqual(here.opened, [[a.path, b.path]]);
  stage.activeInput = new vscode.TabInputCustom(vscode.Uri.file(b.path), "hexEditor.hexedit");
  assert.equal(activeCheckpoint(), undefined);
});

test("the baseline is the first side, and is not compared with itself", async () => {
  const here = parts();
  await selectBaseline(here, b);
  await compareWithBaseline(here, a, [a, b, c]);
  assert.deepEqual(here.opened, [[b.path, a.path, c.path]]);
});

test("a baseline that is gone is said to be, and nothing is compared", async () => {
  const here = parts();
  await selectBaseline(here, file("/work/gone.onnx"));
  await compareWithBaseline(here, a);
  assert.deepEqual(stage.messages, ["The baseline /work/gone.onnx is no longer there."]);
  assert.deepEqual(here.opened, []);
  assert.ok(here.baseline.uri);
  stage.answer = "Clear Baseline";
  await compareWithBaseline(here, a);
  assert.equal(here.baseline.uri, undefined);
});

test("another baseline may be chosen in the place of one that is gone", async () => {
  const here = parts();
  await selectBaseline(here, file("/work/gone.onnx"));
  stage.found = [vscode.Uri.file(b.path)];
  stage.answer = "Choose Another";
  await compareWithBaseline(here, a);
  assert.deepEqual(here.opened, [[b.path, a.path]]);
});

test("what goes wrong is one sentence with file and hint; what was cancelled is none", async () => {
  const fail = (code: string) => () =>
    Promise.reject(new Failure(code, "It is cut off.", { file: "/a.pt", hint: "Copy it again." }));
  const log = new Log();
  await complaining(log, fail("cancelled"));
  assert.deepEqual(stage.messages, []);
  await complaining(log, fail("zip/truncated-entry"));
  assert.equal(stage.messages.at(-1), "/a.pt: It is cut off. Copy it again.");
});
