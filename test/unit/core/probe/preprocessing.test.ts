import assert from "node:assert/strict";
import { test } from "node:test";
import { fit } from "../../../../src/core/probe/layout.ts";
import {
  asIs,
  choosePreprocessing,
  normalisation,
  parsePreprocessing,
  prepare,
} from "../../../../src/core/probe/preprocessing.ts";

test("reads what the command line takes", () => {
  assert.deepEqual(parsePreprocessing("none"), asIs);
  assert.deepEqual(parsePreprocessing("mean=0.5, 0.25,0;std=1,2,4"), { mean: [0.5, 0.25, 0], std: [1, 2, 4] });
  assert.deepEqual(parsePreprocessing("std=0.5"), { mean: [0], std: [0.5] });
  assert.deepEqual(parsePreprocessing("mean=127.5;std=127.5;scale=255"), { mean: [0.5], std: [0.5] });
  assert.deepEqual(parsePreprocessing("mean=0,0,0;std=1/4"), { mean: [0, 0, 0], std: [0.25, 0.25, 0.25] });
});

test("refuses what it does not understand", () => {
  for (const text of [
    "",
    "mean",
    "mean=",
    "mean=a",
    "mean=1;mean=2",
    "median=1",
    "mean=1=2",
    "mean=1/2/3",
    "scale=1,2",
  ]) {
    assert.throws(() => parsePreprocessing(text), { code: "preprocess/syntax" }, text);
  }
  for (const text of ["std=0", "std=-1", "mean=0;scale=0"]) {
    assert.throws(() => parsePreprocessing(text), { code: "preprocess/std" }, text);
  }
  assert.throws(() => parsePreprocessing("mean=1,2;std=1,2,3"), { code: "preprocess/channels" });
});

test("the first source that says something holds", () => {
  const [a, b] = [normalisation([1], [2]), normalisation([3], [4])];
  assert.deepEqual(choosePreprocessing({ commandLine: asIs, probe: a }), { mean: [], std: [], source: "command line" });
  assert.deepEqual(choosePreprocessing({ settings: a, checkpoint: b, probe: b }), { ...a, source: "likeness.json" });
  assert.deepEqual(choosePreprocessing({ checkpoint: a, probe: b }), { ...a, source: "checkpoint" });
  assert.deepEqual(choosePreprocessing({ probe: a, proposal: b }), { ...a, source: "probe" });
  assert.deepEqual(choosePreprocessing({ proposal: b }), { ...b, source: "proposal" });
  assert.deepEqual(choosePreprocessing({}), { mean: [], std: [], source: "none" });
});

test("normalises per channel in either layout, rounding once", () => {
  const values = Float32Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => i / 7);
  const before = values.slice();
  const [mean, std] = [
    [0.4914, 0.4822, 0.4465],
    [0.2023, 0.1994, 0.201],
  ];
  const expected = (sample: number, channel: number, pixel: number): number =>
    Math.fround((values[sample * 12 + channel * 4 + pixel]! - mean[channel]!) / std[channel]!);
  const first = prepare(values, 2, fit([3, 2, 2], ["n", 3, 2, 2]), { mean, std });
  const last = prepare(values, 2, fit([3, 2, 2], ["n", 2, 2, 3]), { mean, std });
  for (let sample = 0; sample < 2; sample++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < 4; pixel++) {
        assert.equal(first[sample * 12 + channel * 4 + pixel], expected(sample, channel, pixel));
        assert.equal(last[sample * 12 + pixel * 3 + channel], expected(sample, channel, pixel));
      }
    }
  }
  assert.deepEqual(values, before);
});

test("one value holds for all channels; other numbers of them are refused", () => {
  const values = Float32Array.of(1, 2, 3, 4);
  const conversion = fit([2, 1, 2], ["n", 2, 1, 2]);
  assert.deepEqual([...prepare(values, 1, conversion, normalisation([1], [2]))], [0, 0.5, 1, 1.5]);
  assert.equal(prepare(values, 1, conversion, asIs), values);
  assert.throws(() => prepare(values, 1, conversion, normalisation([1, 2, 3], undefined)), {
    code: "preprocess/channels",
    message: /3 means.*2 channels/,
  });
});
