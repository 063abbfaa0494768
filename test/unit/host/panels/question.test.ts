import assert from "node:assert/strict";
import { test } from "node:test";
import { areSame, haveSameModels, keptQuestion, questionOf } from "../../../../src/host/panels/question.ts";
import { questionFor } from "../../../fixtures/comparisons.ts";
import { smallReport, threeModelsReport } from "../../../fixtures/reports.ts";

test("a panel comes back with the question it left, and with nothing else", () => {
  const question = questionFor(smallReport());
  assert.deepEqual(keptQuestion({ question, place: {} }), question);
  const wrong = [undefined, null, 7, {}, { question: {} }, { question: { ...question, batch: "128" } }];
  for (const kept of wrong) assert.equal(keptQuestion(kept), undefined);
  assert.equal(keptQuestion({ question: { ...question, models: question.models.slice(1) } }), undefined);
  assert.equal(keptQuestion({ question: { ...question, estimator: "__proto__" } }), undefined);
});

test("a saved report says what it was asked with", () => {
  const { models, probe, samples, measures, estimator } = questionOf(threeModelsReport());
  assert.equal(models.length, 3);
  assert.equal(probe, "/project/data/images.probe.json");
  assert.equal(samples, 512);
  assert.equal(estimator, "full");
  assert.deepEqual(measures, ["cka.linear.unbiased", "cka.linear.biased", "procrustes.angular"]);
});

test("what was chosen for each model comes back: to a panel, and from a saved report", () => {
  const question = questionFor(smallReport());
  const chosen = { architecture: "/net.onnx", weights: "ema", pool: "cls" } as const;
  const models = question.models.map((model) => ({ ...model, ...chosen }));
  assert.deepEqual(keptQuestion({ question: { ...question, models } })?.models, models);
  const odd = question.models.map((model) => ({ ...model, pool: "odd" }));
  assert.equal(keptQuestion({ question: { ...question, models: odd } }), undefined);
  assert.ok(!areSame(question, { ...question, models }));
  const report = smallReport();
  const [first] = report.models;
  assert.ok(first);
  const model = {
    ...first,
    architecture: { source: "donor" as const, name: "net", evidence: "", file: "/net.onnx" },
    weights: "ema",
    taps: first.taps.map((tap) => ({ ...tap, pool: "cls" as const })),
  };
  assert.deepEqual(questionOf({ ...report, models: [model] }).models, [{ path: first.path, ...chosen }]);
});

test("questions are the same where they ask the same, whatever the order of their fields", () => {
  const question = questionFor(smallReport());
  const { batch, ...rest } = question;
  assert.ok(areSame(question, { batch, ...rest }));
  assert.ok(!areSame(question, { ...question, samples: 4 }));
  assert.ok(haveSameModels(question, { ...question, samples: 4 }));
  assert.ok(!haveSameModels(question, { ...question, models: question.models.toReversed() }));
});
