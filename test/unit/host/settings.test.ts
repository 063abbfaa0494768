import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { reset } from "./fakeVscode.ts";

const { comparisonDefaults, engineSettings } = await import("../../../src/host/settings.ts");

beforeEach(() => reset());

const set = (values: Record<string, unknown>): void => reset({ settings: new Map(Object.entries(values)) });

test("unset settings are the documented defaults", () => {
  assert.deepEqual(comparisonDefaults(), { batch: 128, estimator: "auto" });
  assert.deepEqual(engineSettings(), { provider: "auto", storeLimit: 2 * 2 ** 30 });
});

test("what is set counts", () => {
  set({
    "likeness.samples": 64,
    "likeness.batch": 32,
    "likeness.estimator": "full",
    "likeness.taps": ["@convs", "fc"],
    "likeness.provider": "webgpu",
    "likeness.threads": 2,
    "likeness.storeLimit": 0.5,
  });
  assert.deepEqual(comparisonDefaults(), { samples: 64, batch: 32, estimator: "full", taps: ["@convs", "fc"] });
  assert.deepEqual(engineSettings(), { provider: "webgpu", threads: 2, storeLimit: 2 ** 29 });
});

test("values of the wrong kind count as unset", () => {
  set({
    "likeness.samples": "many",
    "likeness.batch": 1.5,
    "likeness.estimator": "exact",
    "likeness.taps": [7, " "],
    "likeness.provider": ["cpu"],
    "likeness.threads": 0,
    "likeness.storeLimit": -1,
  });
  assert.deepEqual(comparisonDefaults(), { batch: 128, estimator: "auto" });
  assert.deepEqual(engineSettings(), { provider: "auto", storeLimit: 2 * 2 ** 30 });
});
