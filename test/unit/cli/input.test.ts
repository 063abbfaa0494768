import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { compareFlags, invertFlags } from "../../../src/cli/flags.ts";
import { Input, jsonTarget } from "../../../src/cli/input.ts";
import { UsageError } from "../../../src/cli/usage.ts";

const parse = (...args: string[]): Input => Input.parse(args, compareFlags);

test("operands and flags come in any order, values with or without =", () => {
  const input = parse("--samples=64", "a.onnx", "--probe", "p.npy", "b.onnx", "--seed", "3", "c.onnx");
  assert.deepEqual(input.operands, ["a.onnx", "b.onnx", "c.onnx"]);
  assert.equal(input.integer("samples", 1), 64);
  assert.equal(input.path("probe"), resolve("p.npy"));
  assert.equal(input.integer("seed", 0), 3);
  assert.equal(input.integer("batch", 1), undefined);
});

test("values may begin with a dash, and -- ends the flags", () => {
  assert.equal(parse("--json", "-").text("json"), "-");
  assert.equal(parse("--preprocess", "-1").text("preprocess"), "-1");
  assert.deepEqual(parse("--", "--odd.onnx").operands, ["--odd.onnx"]);
});

test("switches take no value", () => {
  const input = Input.parse(["a.onnx", "--maps", "b.onnx"], invertFlags);
  assert.deepEqual(input.operands, ["a.onnx", "b.onnx"]);
  assert.equal(input.has("maps"), true);
  assert.equal(input.has("grams"), false);
  assert.throws(() => Input.parse(["--maps=no"], invertFlags), /--maps takes no value/);
});

test("lists are split at commas", () => {
  assert.deepEqual(parse("--taps", "@convs,layer1*, fc").list("taps"), ["@convs", "layer1*", "fc"]);
  assert.throws(() => parse("--taps", "a,,b").list("taps"), UsageError);
});

test("what cannot be meant is refused with what is right", () => {
  assert.throws(() => parse("--prob", "x"), /no flag --prob\. Did you mean --probe\?/);
  assert.throws(() => parse("-j", "x"), /no flag -j\./);
  assert.throws(() => parse("--probe"), /--probe needs a value/);
  assert.throws(() => parse("--probe", "--samples", "3"), /--probe needs a value/);
  for (const value of ["0", "-3", "1e3", "twelve", "", "99999999999999999999"]) {
    assert.throws(() => parse(`--samples=${value}`).integer("samples", 1), /whole number from 1 up/, value);
  }
  assert.throws(() => parse("--estimator", "exact").word("estimator", ["auto", "full"]), /one of auto, full/);
});

test("the place of JSON is found where the rest is wrong", () => {
  assert.equal(jsonTarget(["compare", "--nonsense", "--json", "-", "a"]), "-");
  assert.equal(jsonTarget(["compare", "--json"]), undefined);
});
