import assert from "node:assert/strict";
import { test } from "node:test";
import {
  count,
  duration,
  interval,
  measureValue,
  memory,
  middle,
  percent,
  shortDigest,
} from "../../../../src/core/report/format.ts";

test("a value that only rounds to 1 is not written as 1", () => {
  assert.equal(measureValue(1), "1.00");
  assert.equal(measureValue(0.9961), "0.996");
  assert.equal(measureValue(0.99999), "0.999");
  assert.equal(measureValue(0.834), "0.83");
});

test("negatives carry a minus sign, and zero has none", () => {
  assert.equal(measureValue(-0.04), "−0.04");
  assert.equal(measureValue(-0.0004), "0.00");
});

test("what is undefined is said", () => {
  assert.equal(measureValue(null), "undefined");
  assert.equal(interval(null, 0.5), "");
  assert.equal(interval(-0.02, 0.5), "−0.02 to 0.50");
});

test("a percentage is never rounded to all or nothing", () => {
  assert.equal(percent(1), "100\u00a0%");
  assert.equal(percent(0.998), "99.8\u00a0%");
  assert.equal(percent(0.00004), "0.004\u00a0%");
  assert.equal(percent(0.91), "91\u00a0%");
});

test("counts, times and sizes", () => {
  assert.equal(count(25557032), "25\u202f557\u202f032");
  assert.equal(duration(192.2), "3\u00a0min 12\u00a0s");
  assert.equal(memory(411.6), "412\u00a0MB");
  assert.equal(shortDigest("sha256:0123456789abcdef"), "0123456789");
});

test("long names are shortened in their middle", () => {
  assert.equal(middle("layer1.0.conv1", 20), "layer1.0.conv1");
  assert.equal(middle("encoder.layer.11.attention", 11), "encod…ntion");
});
