import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InversionFolders } from "../../../../src/host/panels/inversionFolders.ts";
import type { InversionQuestion } from "../../../../src/protocol/view.ts";
import { twoInverted } from "../../../fixtures/inversions.ts";

function place() {
  const home = mkdtempSync(join(tmpdir(), "likeness-folders-"));
  const model = join(home, "a.onnx");
  const probe = join(home, "p.probe.json");
  writeFileSync(model, "");
  writeFileSync(probe, "");
  const folders = new InversionFolders(join(home, "inversions"));
  const question: InversionQuestion = { models: [{ path: model }], probe, samples: 8, preset: "fast" };
  return { home, model, probe, folders, question, end: () => rmSync(home, { recursive: true, force: true }) };
}

const later = new Date(Date.now() + 60_000);

test("what was kept is given back until a file that it rests on is written anew", async (t) => {
  const { home, model, probe, folders, question, end } = place();
  t.after(end);
  const report = twoInverted();
  for (const changed of [model, probe, join(home, "likeness.json")]) {
    await folders.take(question);
    assert.equal(await folders.kept(question), undefined, "an answer of before is gone");
    await folders.keep(question, report);
    assert.deepEqual(await folders.kept(question), report);
    assert.equal(await folders.kept({ ...question, samples: 9 }), undefined);
    writeFileSync(changed, " ");
    utimesSync(changed, later, later);
    assert.equal(await folders.kept(question), undefined, changed);
    const before = new Date(Date.now() - 60_000);
    utimesSync(changed, before, before);
  }
  rmSync(model);
  assert.equal(await folders.kept(question), undefined, "a model that is gone");
});

test("half an answer is none", async (t) => {
  const { folders, question, end } = place();
  t.after(end);
  const folder = await folders.take(question);
  writeFileSync(join(folder, "report.likeness.json"), '{"schema":"likeness/report@1"');
  assert.equal(await folders.kept(question), undefined);
});

test("of many questions the newest eight keep their folders", async (t) => {
  const { folders, question, end } = place();
  t.after(end);
  for (let samples = 4; samples < 16; samples++) {
    const folder = await folders.take({ ...question, samples });
    const time = new Date(Date.now() - (100 - samples) * 1000);
    utimesSync(folder, time, time);
  }
  await folders.take(question);
  const kept = new Set(readdirSync(folders.root));
  assert.equal(kept.size, 8);
  assert.ok(kept.has(folders.of(question).slice(folders.root.length + 1)));
  assert.ok(!kept.has(folders.of({ ...question, samples: 4 }).slice(folders.root.length + 1)));
});
