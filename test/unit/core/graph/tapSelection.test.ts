import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { matchesGlob } from "../../../../src/core/graph/glob.ts";
import type { Tap, TapRole } from "../../../../src/core/graph/tap.ts";
import { selectTaps } from "../../../../src/core/graph/tapSelection.ts";

function tap(name: string, ...roles: TapRole[]): Tap {
  return { name, value: name, op: "Relu", shape: ["n", 2], width: 2, sampleAxis: 0, folded: [], roles };
}

const names = (taps: readonly Tap[]) => taps.map(({ name }) => name);

/** A chain of residual blocks: convolution, activation, convolution, sum, activation. */
function deep(blocks: number): Tap[] {
  const taps = Array.from({ length: blocks }, (_, i) => [
    tap(`layer.${i}.conv1`, "convolution"),
    tap(`layer.${i}.act.Erf`, "step"),
    tap(`layer.${i}.act`, "activation"),
    tap(`layer.${i}.conv2`, "convolution"),
    tap(`layer.${i}.Add`),
    tap(`layer.${i}`, "activation", "block"),
  ]);
  return [...taps.flat(), tap("fc", "linear")];
}

describe("matchesGlob", () => {
  test("stars cross dots, a question mark is one character, all else is literal", () => {
    assert.ok(matchesGlob("layer1.0.conv1", "layer1*"));
    assert.ok(matchesGlob("layer1.0.conv1", "*.conv?"));
    assert.ok(matchesGlob("relu#2", "relu#2"));
    assert.ok(!matchesGlob("layer1x0", "layer1.0"));
    assert.ok(!matchesGlob("conv1", "conv"));
    assert.ok(matchesGlob("", "*"));
  });

  test("many stars take no time", () => {
    assert.ok(!matchesGlob("a".repeat(10_000), `${"*a".repeat(50)}*b`));
  });
});

describe("selectTaps", () => {
  test("globs and presets add up, in the order of the network", () => {
    const taps = deep(2);
    assert.deepEqual(names(selectTaps(taps, ["fc", "layer.0.*", "layer.1"])), [
      "layer.0.conv1",
      "layer.0.act.Erf",
      "layer.0.act",
      "layer.0.conv2",
      "layer.0.Add",
      "layer.1",
      "fc",
    ]);
    assert.deepEqual(names(selectTaps(taps, ["@blocks"])), ["layer.0", "layer.1"]);
    assert.deepEqual(names(selectTaps(taps, ["@convs"])).length, 4);
    assert.deepEqual(names(selectTaps(taps, ["@activations", "@linear"])).length, 5);
    assert.equal(selectTaps(taps, ["@all"]).length, taps.length);
  });

  test("a module that holds others stands for its output", () => {
    assert.deepEqual(names(selectTaps(deep(3), ["layer"])), ["layer.2"]);
  });

  test("nothing found: a failure that names what comes near", () => {
    const failure = (pattern: string) => {
      try {
        selectTaps(deep(2), [pattern]);
      } catch (error) {
        return error instanceof Failure && error.code === "tap/no-match" ? error.hint : undefined;
      }
      return undefined;
    };
    assert.match(failure("layer.0.conv3") ?? "", /layer\.0\.conv1/);
    assert.match(failure("conv2") ?? "", /layer\.0\.conv2/);
    assert.equal(failure("@nothing"), "There is: @all, @blocks, @convs, @linear, @activations.");
  });

  test("automatic: all but steps of a small network, what a heatmap can show of a larger one", () => {
    assert.equal(selectTaps(deep(2)).length, 11);
    // 20 blocks: 40 activations, half of them block ends, and the output.
    assert.equal(selectTaps(deep(20)).length, 41);
    // 40 blocks: their ends and the output.
    assert.deepEqual(names(selectTaps(deep(40))).slice(-2), ["layer.39", "fc"]);
    assert.equal(selectTaps(deep(40)).length, 41);
    const thinned = selectTaps(deep(80));
    assert.equal(thinned.length, 32);
    assert.equal(new Set(thinned).size, 32);
    assert.equal(thinned.at(-1)?.name, "fc");
  });
});
