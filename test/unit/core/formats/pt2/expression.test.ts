import assert from "node:assert/strict";
import { it } from "node:test";
import { evaluateExpression, symbolIn } from "../../../../../src/core/formats/pt2/expression.ts";
import { batch, type Size, size } from "../../../../../src/core/lowering/aten/value.ts";

const symbols = new Map<string, Size>([
  ["s0", batch],
  ["s1", 6],
]);

it("size expressions are worked out", () => {
  const symbol = "Symbol('s0', positive=True, integer=True)";
  for (const [text, expected] of [
    ["7", 7],
    ["s1", 6],
    ["4*s0 + 1", size(4, 1)],
    ["2*s0*s1 - s0", size(11, 0)],
    ["s1**2", 36],
    ["-(s1 - 2)", -4],
    ["s1//4", 1],
    ["(6*s0)//3", size(2, 0)],
    [symbol, batch],
    [`Mul(Integer(4), ${symbol})`, size(4, 0)],
    [`Add(Mul(Integer(2), ${symbol}), Integer(3))`, size(2, 3)],
    [`FloorDiv(Mul(Integer(6), ${symbol}), Integer(3))`, size(2, 0)],
    ["Max(1, Mod(s1, 4))", 2],
    ["Pow(s1, Integer(2))", 36],
    ["", undefined],
    ["s0*s0", undefined],
    ["s9", undefined],
    ["s0//2", undefined],
    ["s1//0", undefined],
    ["s1 s1", undefined],
    ["Add(", undefined],
    ["Symbol(", undefined],
    ["lambda x: x", undefined],
    [`${"(".repeat(5000)}s1`, undefined],
    [Array.from({ length: 5000 }, () => "s1").join("**"), undefined],
  ] as const) {
    assert.deepEqual(evaluateExpression(text, symbols), expected, text.slice(0, 60));
  }
});

it("an expression that is one symbol has its name", () => {
  assert.equal(symbolIn("Symbol('s77', positive=True, integer=True)"), "s77");
  assert.equal(symbolIn("s1"), "s1");
  assert.equal(symbolIn("2*s1"), undefined);
});
