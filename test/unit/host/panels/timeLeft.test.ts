import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeLeft } from "../../../../src/host/panels/timeLeft.ts";

test("the estimate counts down, then the pace decides", () => {
  let now = 100;
  const left = new TimeLeft(() => now);
  assert.equal(left.after({ phase: "Reading" }), undefined);
  now = 102;
  assert.equal(left.after({ phase: "Estimating", estimate: { seconds: 10, memoryMB: 1 } }), 8);
  now = 104;
  assert.equal(left.after({ phase: "Comparing", done: 1, total: 5 }), 6, "one step has no pace yet");
  now = 105;
  assert.equal(left.after({ phase: "Comparing", done: 2, total: 5 }), 3);
  now = 120;
  assert.equal(left.after({ phase: "Measuring" }), 0, "never below nothing");
});
