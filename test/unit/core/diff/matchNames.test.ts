import assert from "node:assert/strict";
import { test } from "node:test";
import { matchNames, moduleOf } from "../../../../src/core/diff/matchNames.ts";

test("names match as they are first", () => {
  assert.deepEqual(matchNames(["a.weight", "b.weight"], ["b.weight", "c.weight"]), {
    pairs: [["b.weight", "b.weight"]],
    onlyA: ["a.weight"],
    onlyB: ["c.weight"],
    prefixes: ["", ""],
  });
});

test("then what one side has before them is taken off", () => {
  const found = matchNames(["backbone.conv.weight", "backbone.bn.weight", "head.weight"], ["conv.weight", "bn.weight"]);
  assert.deepEqual(found.pairs, [
    ["backbone.conv.weight", "conv.weight"],
    ["backbone.bn.weight", "bn.weight"],
  ]);
  assert.deepEqual([found.onlyA, found.onlyB, found.prefixes], [["head.weight"], [], ["backbone.", ""]]);
  const turned = matchNames(["conv/kernel"], ["net/inner/conv/kernel"]);
  assert.deepEqual([turned.pairs, turned.prefixes], [[["conv/kernel", "net/inner/conv/kernel"]], ["", "net/inner/"]]);
});

test("or what each side's names share", () => {
  const found = matchNames(["model.conv.weight", "model.fc.weight"], ["net.conv.weight", "net.fc.weight"]);
  assert.deepEqual([found.pairs.length, found.prefixes], [2, ["model.", "net."]]);
});

test("nothing in common, and nothing at all", () => {
  assert.deepEqual(matchNames(["a"], ["b"]), { pairs: [], onlyA: ["a"], onlyB: ["b"], prefixes: ["", ""] });
  assert.deepEqual(matchNames([], []), { pairs: [], onlyA: [], onlyB: [], prefixes: ["", ""] });
});

test("names that a file could abuse are names", () => {
  const path = "a.".repeat(2000);
  assert.deepEqual(matchNames([`${path}x`, "__proto__"], ["x", "constructor"]).pairs, []);
});

test("a tensor's module is the path before its own name", () => {
  assert.deepEqual(["layer1.0.conv1.weight", "dense/kernel", "onnx::Conv_12", ".x"].map(moduleOf), [
    "layer1.0.conv1",
    "dense",
    "onnx::Conv_12",
    ".x",
  ]);
});
