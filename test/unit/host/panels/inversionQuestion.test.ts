import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comparisonOf,
  inversionOf,
  inversionQuestionOf,
  isInversion,
  keptInversion,
} from "../../../../src/host/panels/inversionQuestion.ts";
import { twoInverted } from "../../../fixtures/inversions.ts";

const question = {
  models: [{ path: "/a.onnx", preprocess: "none", taps: ["relu4"] }, { path: "/b.onnx" }],
  probe: "/p.probe.json",
  samples: 32,
  preset: "jones",
  seedKind: "noise",
  controversial: true,
  steps: 100,
} as const;

test("what a panel left is asked again; anything else is not", () => {
  assert.deepEqual(keptInversion({ question }), question);
  for (const broken of [
    undefined,
    { question: { ...question, models: [] } },
    { question: { ...question, preset: "quick" } },
    { question: { ...question, seedKind: "elsewhere" } },
    { question: { ...question, controversial: "no" } },
    { question: { ...question, samples: -1 } },
    { question: { ...question, models: [{ path: 3 }] } },
  ]) {
    assert.equal(keptInversion(broken), undefined);
  }
});

test("a comparison's models, probe and preprocessing are taken over, and not its layers; and back", () => {
  const comparison = comparisonOf(question);
  assert.ok(!isInversion(comparison));
  assert.deepEqual(comparison.models, [{ path: "/a.onnx", preprocess: "none" }, { path: "/b.onnx" }]);
  const asked = inversionOf({ ...comparison, models: [{ path: "/a.onnx", taps: ["@all"] }, { path: "/b.onnx" }] });
  assert.ok(isInversion(asked));
  assert.deepEqual(asked, {
    models: [{ path: "/a.onnx" }, { path: "/b.onnx" }],
    probe: "/p.probe.json",
    samples: 64,
    preset: "fast",
  });
});

test("a saved report says what it was asked with", () => {
  const { models, samples, preset } = inversionQuestionOf(twoInverted());
  assert.deepEqual(
    models.map(({ path, taps }) => [path.split("/").at(-1), taps]),
    [
      ["ears-seed0.onnx", ["pool"]],
      ["tail-seed0.onnx", ["pool"]],
    ],
  );
  assert.deepEqual([samples, preset], [8, "fast"]);
});
