import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../../../src/core/report/report.ts";
import { reportSummary } from "../../../../src/core/report/summary.ts";
import {
  largeReport,
  negativeReport,
  rectangularReport,
  smallReport,
  threeModelsReport,
} from "../../../fixtures/reports.ts";

const plain = (report: Report, width = 100) => reportSummary(report, { colour: false, width });

test("the verdict comes first, then the picture with each layer's own value, then what it rests on", () => {
  const text = plain(smallReport()).replaceAll("\u00a0", " ");
  const places = ["A seed0  ×  B seed1", "Same architecture.", "A ↓", "conv2  ", "(n 512, full)", "likeness 0.1.0"];
  const found = places.map((part) => text.indexOf(part));
  assert.ok(
    found.every((at, i) => at > (found[i - 1] ?? -1)),
    `${found}\n${text}`,
  );
  assert.match(text, /^conv2 +48 +97 +45 +1 +1 {2}0\.97 {3}0\.96 to 0\.98$/m);
});

test("no line is wider than the terminal, however many layers", () => {
  for (const report of [smallReport(), negativeReport(), rectangularReport(), largeReport(), threeModelsReport()]) {
    for (const width of [80, 120]) {
      const lines = plain(report, width).split("\n");
      const widest = Math.max(...lines.map((line) => line.length));
      assert.ok(widest <= width, `${widest} > ${width}`);
    }
  }
});

test("layers that are left out are said to be", () => {
  assert.match(plain(largeReport(), 80).replaceAll("\n", " "), /every \d+th layer of A, every \d+th of B/);
});

test("without colour there are no escapes, with colour every one is closed", () => {
  assert.ok(!plain(negativeReport()).includes("\u001b"));
  const coloured = reportSummary(negativeReport(), { colour: true, width: 100 });
  assert.ok(coloured.includes("\u001b[48;2;"));
  for (const line of coloured.split("\n")) {
    const escapes = line.split("\u001b[").slice(1);
    if (escapes.length > 0) assert.ok(escapes.at(-1)!.startsWith("0m"));
  }
});

test("names cannot steer the terminal", () => {
  const report = smallReport();
  const models = report.models.map((model) => ({ ...model, path: "/x/\u001b[31mred\u0007.onnx" }));
  assert.ok(!/(?!\n)\p{Cc}/u.test(plain({ ...report, models })));
});

test("inspect: architecture, inputs, taps and tensors, shortened", () => {
  const { measures: _, outputs: __, probe: ___, ...report } = largeReport();
  const tensors = Array.from({ length: 500 }, (_, i) => ({ name: `t${i}`, dtype: "float32", shape: [3, 3] }));
  const inputs = [{ name: "input", dtype: "float32", shape: ["n", 3, 224, 224] }];
  const model = { ...report.models[0]!, tensors, inputs };
  const text = plain({ ...report, kind: "inspect", models: [model] });
  assert.match(text, /ONNX · ViT \(file: graph\) · 122.483.400 parameters/);
  assert.match(text, /Input {2}input {2}float32 {2}n × 3 × 224 × 224/);
  assert.match(text, /200 taps/);
  assert.match(text, /… 476 more, all in --json …/);
});

test("measure: every value with its convention", () => {
  const report = smallReport();
  const one = { ...report.measures!["cka.linear.unbiased"]!, rows: ["x"], columns: ["y"], values: [[0.4793497712]] };
  const text = plain({ ...report, kind: "measure", measures: { "cka.linear.unbiased": one } });
  assert.match(text, /cka\.linear\.unbiased {2}0\.47934977 {2}HSIC₁/);
});
