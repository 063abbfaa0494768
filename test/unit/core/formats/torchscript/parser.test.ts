import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../../src/core/failure.ts";
import { parseSource } from "../../../../../src/core/formats/torchscript/parser.ts";
import type { Expression, Statement } from "../../../../../src/core/formats/torchscript/syntax.ts";

function bodyOf(...lines: readonly string[]): readonly Statement[] {
  const source = ["def f(x: Tensor) -> Tensor:", ...lines.map((line) => `  ${line}`), ""].join("\n");
  const body = parseSource(source, "code/t.py").functions.get("f")?.body;
  assert.ok(body);
  return body;
}

function expressionOf(text: string): Expression {
  const [statement] = bodyOf(`return ${text}`);
  assert.ok(statement?.kind === "return");
  return statement.value;
}

function refuses(source: string, message: RegExp): void {
  assert.throws(
    () => parseSource(source, "code/t.py"),
    (error) => error instanceof Failure && error.code === "torchscript/syntax" && message.test(error.message),
  );
}

test("numbers keep what they are", () => {
  assert.deepEqual(expressionOf("-1"), { kind: "int", value: -1 });
  assert.deepEqual(expressionOf("1."), { kind: "float", value: 1 });
  assert.deepEqual(expressionOf("1.0000000000000001e-05"), { kind: "float", value: 1e-5 });
  assert.deepEqual(expressionOf("-inf"), { kind: "float", value: Number.NEGATIVE_INFINITY });
  assert.deepEqual(expressionOf("9223372036854775807"), { kind: "int", value: 2 ** 63 });
});

test("texts lose their escapes", () => {
  assert.deepEqual(expressionOf(String.raw`"it\'s \"{}\"\n\101\x42\\"`), { kind: "string", value: 'it\'s "{}"\nAB\\' });
  refuses('def f():\n  return "open\n', /does not end in line 2/);
});

test("calls, attributes and subscripts follow each other", () => {
  const name = (text: string): Expression => ({ kind: "name", name: text });
  assert.deepEqual(expressionOf('(getattr(self, "0")).forward(x, )[-1]'), {
    kind: "index",
    base: {
      kind: "call",
      callee: {
        kind: "attribute",
        base: {
          kind: "call",
          callee: name("getattr"),
          args: [name("self"), { kind: "string", value: "0" }],
          named: [],
        },
        name: "forward",
      },
      args: [name("x")],
      named: [],
    },
    index: { kind: "int", value: -1 },
  });
  const call = expressionOf("torch.add(x, 1, alpha=2)");
  assert.ok(call.kind === "call");
  assert.deepEqual(call.named, [["alpha", { kind: "int", value: 2 }]]);
});

test("one name with a comma takes a list apart, several do so too", () => {
  const [one, two, plain, typed] = bodyOf("a, = x", "a, b, = x", "a = 1, 2", "a : Optional[Tensor] = None");
  assert.ok(one?.kind === "assign" && two?.kind === "assign" && plain?.kind === "assign" && typed?.kind === "assign");
  assert.deepEqual([one.unpack, one.targets.length], [true, 1]);
  assert.deepEqual([two.unpack, two.targets.length], [true, 2]);
  assert.deepEqual([plain.unpack, plain.value.kind], [false, "tuple"]);
  assert.deepEqual([typed.unpack, typed.value.kind], [false, "none"]);
});

test("blocks nest, and brackets carry lines on", () => {
  const [loop] = bodyOf(
    "for i in range(3):",
    "  if torch.eq(i,",
    "      1):",
    "    pass",
    "  else:",
    "    x = i",
    "return x",
  );
  assert.ok(loop?.kind === "for" && loop.body[0]?.kind === "if");
  assert.equal(loop.body[0].then[0]?.kind, "pass");
  assert.equal(loop.body[0].otherwise[0]?.kind, "assign");
  assert.equal(loop.body[0].otherwise[0]?.line, 7);
});

test("a class has attributes, constants and methods", () => {
  const source = [
    "class Net(Module):",
    '  __parameters__ = ["weight", ]',
    "  __buffers__ = []",
    "  weight : Tensor",
    "  stride : Final[Tuple[int, int]] = (2, 2)",
    '  __annotations__["0"] = __torch__.torch.nn.modules.conv.Conv2d',
    "  def forward(self: __torch__.Net,",
    "    x: Tensor,",
    "    inplace: bool=False) -> Tensor:",
    "    return x",
    "  def __len__(self: __torch__.Net) -> int:",
    "    return 1",
    "class Pair(NamedTuple):",
    "  first : Tensor",
  ].join("\n");
  const { classes } = parseSource(source, "code/t.py");
  const net = classes.get("Net");
  assert.deepEqual(Array.from(net?.attributes.keys() ?? []), ["weight", "stride", "0"]);
  assert.deepEqual(Array.from(net?.constants.keys() ?? []), ["__parameters__", "__buffers__", "stride"]);
  assert.deepEqual(Array.from(net?.methods.keys() ?? []), ["forward", "__len__"]);
  assert.equal(net?.methods.get("forward")?.parameters[2]?.fallback?.kind, "bool");
  assert.equal(classes.get("Pair")?.base, "NamedTuple");
});

test("what the printer never writes is refused with its place", () => {
  refuses("def f(x):\n  return x + 1\n", /Unexpected "\+" in line 2 of code\/t\.py/);
  refuses("def f(x):\n  f(x) = 1\n", /Nothing can be assigned/);
  refuses("def f(x):\n    return x\n   return x\n", /unevenly/);
  refuses("class A(Module)\n  pass\n", /Unexpected newline/);
  refuses("def f(x):\n  return (x\n", /Unexpected/);
});

test("nesting is bounded", () => {
  refuses(`def f(x):\n  return ${"(".repeat(100_000)}x${")".repeat(100_000)}\n`, /absurdly deep/);
  const deep = Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i + 2)}if x:`).join("\n");
  refuses(`def f(x):\n${deep}\n`, /absurdly deep/);
  refuses(`def f(x):\n  return ${"-".repeat(100_000)}1\n`, /Unexpected "-"/);
});
