import assert from "node:assert/strict";
import { test } from "node:test";
import { reportHtml } from "../../../../src/core/report/html.ts";
import { smallReport } from "../../../fixtures/reports.ts";

const assets = { script: { text: "run()", sha256: "AAAA" }, style: { text: "p{}", sha256: "BBBB" } };

test("one file, whose policy names its own script and style and nothing else", () => {
  const html = reportHtml(smallReport(), assets);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
  assert.equal(
    policy,
    "default-src 'none'; script-src 'sha256-AAAA'; style-src 'sha256-BBBB'; base-uri 'none'; form-action 'none'",
  );
  assert.ok(!/\b(src|href|style)=/.test(html));
  assert.match(html, /<title>seed0 × seed1 – Likeness<\/title>/);
});

test("names cannot end the element the report stands in, nor the title", () => {
  const report = smallReport();
  const evil = "</script><script>alert(1)</script><!--";
  const models = report.models.map((model) => ({ ...model, path: `/x/${evil}.onnx` }));
  const html = reportHtml({ ...report, models }, assets);
  assert.equal(html.match(/<script/g)?.length, 2);
  assert.ok(!html.includes("<!--"));
  const json = /type="application\/json">([^<]*)<\/script>/.exec(html)![1]!;
  assert.equal(JSON.parse(json).models[0].path, `/x/${evil}.onnx`);
});

test("an asset that would end its own element is refused", () => {
  const broken = { ...assets, script: { text: "'</SCRIPT>'", sha256: "" } };
  assert.throws(() => reportHtml(smallReport(), broken), /closing tag/);
});
