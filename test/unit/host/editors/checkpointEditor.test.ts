import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, type TestContext, test } from "node:test";
import type { Uri, WebviewPanel } from "vscode";
import type { RequestType } from "vscode-jsonrpc";
import { Failure } from "../../../../src/core/failure.ts";
import type { SummaryIntent, SummaryState } from "../../../../src/protocol/view.ts";
import { smallReport } from "../../../fixtures/reports.ts";
import { FakeMemento, reset, stage, vscode } from "../fakeVscode.ts";

const { ArchitectureChoices } = await import("../../../../src/host/architecture/architectureChoices.ts");
const { Baseline } = await import("../../../../src/host/baseline/baseline.ts");
const { CheckpointEditor } = await import("../../../../src/host/editors/checkpointEditor.ts");

const uriOf = (path: string): Uri => vscode.Uri.file(path) as unknown as Uri;

/** An editor whose compute process answers `inspect` as said, with one file open in it. */
function opened(t: TestContext, inspect: (params: unknown) => Promise<unknown> = async () => smallReport()) {
  const folder = mkdtempSync(join(tmpdir(), "likeness-editor-"));
  const uri = uriOf(join(folder, "model.onnx"));
  writeFileSync(uri.fsPath, "model");
  const request = async (type: RequestType<never, unknown, unknown>, params: unknown) =>
    type.method === "inspect" ? inspect(params) : [];
  const baseline = new Baseline(new FakeMemento());
  const architectures = new ArchitectureChoices(new FakeMemento());
  const editor = new CheckpointEditor({
    extensionUri: uriOf("/likeness"),
    compute: { request: request as never },
    baseline,
    architectures,
  });
  const document = editor.openCustomDocument(uri);
  t.after(() => {
    document.dispose();
    rmSync(folder, { recursive: true });
  });
  return { editor, document, baseline, architectures, uri };
}

/** Waits until something is so. */
async function settled(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isSo());
}

type PlainIntent = Exclude<SummaryIntent["type"], "openFile">;

/** A panel that remembers what is posted to it. */
function fakePanel() {
  const posted: SummaryState[] = [];
  const received = new vscode.EventEmitter<SummaryIntent>();
  const closed = new vscode.EventEmitter<void>();
  const webview = {
    options: {},
    html: "",
    cspSource: "https://likeness.test",
    asWebviewUri: (uri: Uri) => uri,
    postMessage: async (message: SummaryState) => posted.push(message),
    onDidReceiveMessage: received.event,
  };
  const panel = { webview, onDidDispose: closed.event } as unknown as WebviewPanel;
  return { panel, posted, say: (type: PlainIntent) => received.fire({ type }), close: () => closed.fire() };
}

beforeEach(() => reset());

test("an architecture that was chosen elsewhere is asked for, and its failure keeps nothing from being shown", async (t) => {
  const asked: unknown[] = [];
  const { document, architectures, uri } = opened(t, async (params) => {
    asked.push(params);
    if (asked.length === 2) throw new Failure("architecture/donor-mismatch", "It does not fit.");
    return smallReport();
  });
  await settled(() => document.model.state.status.kind === "done");
  architectures.choose(uri.fsPath, "/net.onnx");
  await settled(() => asked.length === 3 && document.model.state.status.kind === "done");
  assert.deepEqual(
    asked.map((params) => (params as { model: unknown }).model),
    [{ path: uri.fsPath }, { path: uri.fsPath, architecture: "/net.onnx" }, { path: uri.fsPath }],
  );
  assert.equal(document.model.state.warnings[0]?.message, "It does not fit.");
  assert.equal(document.model.state.isArchitectureChosen, true);
});

test("a view that is ready gets the whole state, and again when the baseline changes", async (t) => {
  const { editor, document, baseline, uri } = opened(t);
  const { panel, posted, say, close } = fakePanel();
  editor.resolveCustomEditor(document, panel);
  assert.match(panel.webview.html, /summary\.js/);
  await document.read();
  say("ready");
  assert.equal(posted.at(-1)?.statisticsStatus.kind, "done");
  baseline.select(uriOf("/runs/other.onnx"));
  assert.equal(posted.at(-1)?.baseline, "other.onnx");
  baseline.select(uri);
  assert.deepEqual([posted.at(-1)?.baseline, posted.at(-1)?.isBaseline], [undefined, true]);
  close();
  const count = posted.length;
  baseline.clear();
  assert.equal(posted.length, count);
});

test("buttons are commands on this file", (t) => {
  const { editor, document, uri } = opened(t);
  const { panel, say } = fakePanel();
  editor.resolveCustomEditor(document, panel);
  for (const type of ["selectAsBaseline", "compareWithBaseline", "compareWith", "showLog"] as const) say(type);
  assert.deepEqual(stage.executed, [
    ["likeness.selectBaseline", uri],
    ["likeness.compareWithBaseline", uri],
    ["likeness.compare", uri],
    ["likeness.showLog"],
  ]);
  say("copyCommandLine");
  assert.equal(stage.clipboard, `likeness inspect ${uri.fsPath}`);
});

test("a file that was cut off is read again when the rest of it has come", async (t) => {
  let isWhole = false;
  const truncated = new Failure("onnx/truncated", "Its end is missing.");
  const { document, uri } = opened(t, async () => (isWhole ? smallReport() : Promise.reject(truncated)));
  await document.read();
  assert.equal(document.model.state.status.kind, "failed");
  isWhole = true;
  writeFileSync(uri.fsPath, "model and the rest");
  stage.watchers[0]?.created.fire(uri);
  const whole = new Promise<void>((resolve) =>
    document.model.onDidChange(({ statisticsStatus }) => statisticsStatus.kind === "done" && resolve()),
  );
  await whole;
  assert.equal(document.model.state.status.kind, "done");
});
