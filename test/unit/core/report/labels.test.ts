import assert from "node:assert/strict";
import { test } from "node:test";
import { axisLabels, layerName } from "../../../../src/core/report/labels.ts";

test("residual networks are grouped by stage", () => {
  const names = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2", "fc"];
  const labels = axisLabels(names);
  assert.deepEqual(labels.short, ["conv1", "0.conv1", "0.conv2", "0.conv1", "0.conv2", "fc"]);
  assert.deepEqual(
    labels.stages.map(({ label, from, to }) => [label, from, to]),
    [
      ["layer1", 1, 3],
      ["layer2", 3, 5],
    ],
  );
  assert.equal(layerName(labels, 3), "layer2.0.conv1");
  assert.equal(layerName(labels, 5), "fc");
});

test("a group that holds nearly everything is opened, and shared prefixes are dropped", () => {
  const blocks = [0, 1, 2, 3].flatMap((i) => ["query", "key", "mlp"].map((part) => `model.encoder.layer.${i}.${part}`));
  const labels = axisLabels(["model.embeddings", ...blocks, "model.head"]);
  assert.deepEqual(
    labels.stages.map(({ label }) => label),
    ["layer.0", "layer.1", "layer.2", "layer.3"],
  );
  assert.equal(labels.short[0], "embeddings");
  assert.equal(labels.short[1], "query");
});

test("flat names are grouped by the number they end in, without naming the groups", () => {
  const labels = axisLabels(["conv1", "bn1", "relu1", "conv2", "bn2", "pool", "fc"]);
  assert.deepEqual(labels.short, ["conv1", "bn1", "relu1", "conv2", "bn2", "pool", "fc"]);
  assert.deepEqual(
    labels.stages.map(({ from, to, isModule }) => [from, to, isModule]),
    [
      [0, 3, false],
      [3, 5, false],
    ],
  );
});

test("no name is lost: hostile, empty, single", () => {
  for (const names of [[], ["x"], ["", "", "a.."], ["__proto__.x", "__proto__.y"], ["a.".repeat(5000), "a.b"]]) {
    const { short } = axisLabels(names);
    assert.equal(short.length, names.length);
  }
});
