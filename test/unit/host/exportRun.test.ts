import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runExport } from "../../../src/host/architecture/exportRun.ts";

/** A run of a script of Node's in the place of Python's, which says the same kind of lines. */
function run(t: TestContext, script: string, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "likeness-export-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "script.mjs");
  writeFileSync(file, script);
  const log: string[] = [];
  const stop = new AbortController();
  const written = runExport({ interpreter: process.execPath, args: [file, ...args], folder }, stop.signal, (line) =>
    log.push(line),
  );
  return { written, log, stop };
}

const say = (event: object): string => `console.log(${JSON.stringify(JSON.stringify(event))});`;

test("the file that was written is the last word of a run that went well", async (t) => {
  const { written, log } = run(t, `console.log("hello"); ${say({ event: "done", path: "/a.pt2" })}`);
  assert.equal(await written, "/a.pt2");
  assert.deepEqual(log, ["hello", "/a.pt2"]);
});

test("arguments reach the process as they are: there is no shell between", async (t) => {
  const odd = "train.py:Net('$HOME', x=`id`); rm -rf /";
  const { written } = run(t, "console.log(JSON.stringify({ event: 'done', path: process.argv[2] }))", odd);
  assert.equal(await written, odd);
});

test("what went wrong is said in the script's words, else in the last of Python's", async (t) => {
  const said = run(t, `${say({ event: "error", message: "This Python has no torch." })} process.exit(1);`);
  await assert.rejects(said.written, { code: "export/failed", message: /This Python has no torch\.$/ });
  const unsaid = run(t, 'console.error("Traceback\\nSyntaxError: odd"); process.exit(2);');
  await assert.rejects(unsaid.written, { code: "export/failed", message: /SyntaxError: odd$/ });
  const lying = run(t, `${say({ event: "done", path: "/a.pt2" })} process.exit(1);`);
  await assert.rejects(lying.written, { code: "export/failed" });
});

test("an interpreter that is not there is a failure", async () => {
  const gone = { interpreter: "/nowhere/python3", args: [], folder: tmpdir() };
  await assert.rejects(
    runExport(gone, new AbortController().signal, () => {}),
    { code: "export/failed", message: /ENOENT/ },
  );
});

test("a run that is cancelled ends at once, whatever it does", async (t) => {
  const { written, log, stop } = run(
    t,
    "process.on('SIGTERM', () => {}); console.log('busy'); setInterval(() => {}, 9e5);",
  );
  while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const began = performance.now();
  stop.abort();
  await assert.rejects(written, { code: "cancelled" });
  assert.ok(performance.now() - began < 6000);
});
