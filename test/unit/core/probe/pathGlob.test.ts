import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesPath } from "../../../../src/core/probe/pathGlob.ts";

test("stars stay within folders, double stars do not", () => {
  for (const [glob, path, expected] of [
    ["a.onnx", "a.onnx", true],
    ["./a.onnx", "a.onnx", true],
    ["a.onnx", "aXonnx", false],
    ["*.onnx", "a.onnx", true],
    ["*.onnx", "runs/a.onnx", false],
    ["**/*.onnx", "a.onnx", true],
    ["**/*.onnx", "runs/deep/a.onnx", true],
    ["**/a.onnx", "runs/ba.onnx", false],
    ["runs/**", "runs/deep/a.onnx", true],
    ["runs/**", "other/a.onnx", false],
    ["runs/**/a", "runs/a", true],
    ["epoch?.pt", "epoch3.pt", true],
    ["epoch?.pt", "epoch.pt", false],
    ["**", "any/thing", true],
    ["", "", true],
  ] as const) {
    assert.equal(matchesPath(glob, path), expected, `${glob} ${path}`);
  }
});

test("a glob of many stars takes no longer than it should", () => {
  assert.equal(matchesPath(`${"**a".repeat(200)}b`, "a".repeat(4000)), false);
});
