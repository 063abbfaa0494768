import assert from "node:assert/strict";
import { test } from "node:test";
import { type AskedInversion, inversionCommandLine } from "../../../src/core/inversionCommandLine.ts";

const line = (asked: Partial<AskedInversion>): string =>
  inversionCommandLine(
    { models: [{ path: "a.onnx" }, { path: "b.onnx" }], samples: 64, preset: "fast", ...asked },
    "posix",
  );

test("what is as it is by default is left out", () => {
  assert.equal(line({}), "likeness invert a.onnx b.onnx");
  assert.equal(line({ seedKind: "other-class", steps: 360 }), "likeness invert a.onnx b.onnx");
});

test("everything that was asked is said", () => {
  const models = [
    { path: "a b.onnx", taps: ["relu4"], preprocess: "none" },
    { path: "b.onnx", taps: ["relu3"] },
  ];
  assert.equal(
    line({ models, probe: "p.json", samples: 32, preset: "stir", seedKind: "grey", steps: 9, controversial: true }),
    "likeness invert 'a b.onnx' b.onnx --probe p.json --samples 32 --preset stir --seed-kind grey --steps 9 --controversial --tap relu4 --tap-b relu3 --preprocess none --preprocess-b auto",
  );
});

test("a model whose layer is found by itself says so beside one that names its own", () => {
  const models = [{ path: "a", taps: ["relu4"] }, { path: "b" }];
  assert.equal(line({ models }), "likeness invert a b --tap relu4 --tap-b @auto");
});

test("models that differ among themselves are asked about with the first, one after the other", () => {
  const models = [{ path: "a" }, { path: "b", weights: "ema" }, { path: "c" }];
  assert.equal(line({ models }), "likeness invert a b --weights-b ema\nlikeness invert a c");
});
