import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plausibility } from "../../../../src/core/architectures/plausibility/plausibility.ts";
import { implausibleInput } from "../../../../src/core/checks/implausibleInput.ts";

const score = (all: number, verdict: Plausibility["verdict"]): Plausibility => ({ first: all, all, verdict });
const preprocessing = { mean: [0.5], std: [0.25], source: "likeness.json" } as const;

test("an input as in training is no finding, nor a doubtful one that nothing betters clearly", () => {
  assert.deepEqual(implausibleInput({ preprocessing, score: score(0.01, "good") }, undefined), []);
  const doubtful = { preprocessing, score: score(0.04, "doubtful") };
  assert.deepEqual(implausibleInput(doubtful, undefined), []);
  assert.deepEqual(implausibleInput(doubtful, { name: "MNIST", score: score(0.03, "doubtful") }), []);
});

test("a wrong one is told with what would be better", () => {
  const better = { name: "MNIST", score: score(0.012, "good") };
  const [finding] = implausibleInput({ preprocessing, score: score(0.87, "wrong") }, better);
  assert.equal(finding?.severity, "warning");
  assert.equal(
    finding?.evidence,
    "With mean 0.5 and std 0.25 (likeness.json), the inputs of the batch norms are 0.87 nats from what they saw in training. MNIST would bring it to 0.012 nats.",
  );
  const none = { preprocessing: { mean: [], std: [], source: "none" as const }, score: score(Infinity, "wrong") };
  assert.match(implausibleInput(none, undefined)[0]?.evidence ?? "", /^With no preprocessing, .* infinitely far from/);
  assert.equal(implausibleInput({ preprocessing, score: score(0.05, "doubtful") }, better)[0]?.severity, "information");
});
