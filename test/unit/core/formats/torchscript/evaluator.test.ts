import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../../src/core/failure.ts";
import { PickleObject } from "../../../../../src/core/formats/torch/pickleValues.ts";
import { openTorchZip } from "../../../../../src/core/formats/torch/zipFile.ts";
import { Evaluator } from "../../../../../src/core/formats/torchscript/evaluator.ts";
import { Sources } from "../../../../../src/core/formats/torchscript/sources.ts";
import { Dict, Float, List, Unknown, type Value } from "../../../../../src/core/formats/torchscript/values.ts";
import { GraphBuilder } from "../../../../../src/core/graph/builder.ts";
import { AtenLowering } from "../../../../../src/core/lowering/aten/lowering.ts";
import { batch } from "../../../../../src/core/lowering/aten/value.ts";
import { type ArchiveModule, type ArchiveValue, torchScriptArchive } from "../../../../fixtures/torchScriptArchive.ts";

interface Network {
  readonly attributes?: Readonly<Record<string, ArchiveValue>>;
  /** Declarations of the class `Net`, before its method. */
  readonly declarations?: readonly string[];
  readonly functions?: readonly string[];
}

/** What a method of these statements gives. */
function evaluate(body: readonly string[], args: readonly Value[] = [], network: Network = {}): Value {
  const parameters = args.map((_, i) => `, x${i}`).join("");
  const code = [
    ...(network.functions ?? []),
    "class Net(Module):",
    ...(network.declarations ?? []).map((line) => `  ${line}`),
    `  def f(self${parameters}) -> int:`,
    ...body.map((line) => `    ${line}`),
    "",
  ].join("\n");
  const module: ArchiveModule = { className: "__torch__.Net", attributes: network.attributes ?? {} };
  const zip = openTorchZip(torchScriptArchive({ "__torch__.py": code }, module));
  const root = zip.unpickle("data.pkl", "data/").value;
  const builder = new GraphBuilder();
  const evaluator = new Evaluator(new Sources(zip), builder, new AtenLowering(builder, "torchscript"), () => []);
  assert.ok(root instanceof PickleObject);
  const object = evaluator.stored.object(root, "");
  assert.ok(object);
  return evaluator.callMethod(object, "f", args);
}

/** A value as JavaScript writes it; floating-point numbers as `{ float }`. */
function plain(value: Value): unknown {
  if (value instanceof Float) return { float: value.value };
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof Dict) return new Map(Array.from(value.entries, ([key, item]) => [key, plain(item)]));
  return value instanceof Unknown ? "unknown" : value;
}

function gives(expected: unknown, ...parameters: Parameters<typeof evaluate>): void {
  assert.deepEqual(plain(evaluate(...parameters)), expected, parameters[0].join("\n"));
}

function refuses(code: string, message: RegExp, ...parameters: Parameters<typeof evaluate>): void {
  assert.throws(
    () => evaluate(...parameters),
    (error) => error instanceof Failure && error.code === `torchscript/${code}` && message.test(error.message),
  );
}

test("integers and floating-point numbers are told apart as Python does", () => {
  gives(2, ["return torch.floordiv(7, 3)"]);
  gives(-3, ["return torch.floordiv(-7, 3)"]);
  gives(2, ["return torch.remainder(-7, 3)"]);
  gives({ float: 3.5 }, ["return torch.div(7, 2)"]);
  gives(3, ['return torch.div(7, 2, rounding_mode="floor")']);
  gives({ float: 0.5 }, ["return torch.pow(4, -0.5)"]);
  gives(16, ["return torch.pow(4, 2)"]);
  gives({ float: 2 }, ["return torch.sqrt(4)"]);
  gives(3, ["return int(torch.mul(1.5, 2))"]);
  gives({ float: 3 }, ["return float(3)"]);
  gives(5, ["return torch.rsub(2, 7)"]);
  gives(-7, ["return torch.sub(1, 4, alpha=2)"]);
  gives(2, ["return ops.prim.min(2, 3)"]);
  gives([false, true, true], ["return (torch.__not__(True), torch.__isnot__(1, None), torch.ne(1, 2.5))"]);
});

test("sizes that grow with the samples are computed with", () => {
  const product = { kind: "size", factor: 6, offset: 0 };
  gives(product, ["return torch.mul(torch.mul(x0, 2), 3)"], [batch]);
  gives({ kind: "size", factor: 3, offset: 0 }, ["return torch.floordiv(torch.mul(x0, 6), 2)"], [batch]);
  gives(0, ["return torch.remainder(torch.mul(x0, 6), 3)"], [batch]);
  gives([true, false, true], ["return [torch.gt(x0, 0), torch.eq(x0, 0), torch.ne([x0, 3], [x0, 4])]"], [batch]);
  gives("unknown", ["return torch.eq(x0, 1)"], [batch]);
  refuses("data-dependent", /eq of batch .*line 3/, ["if torch.eq(x0, 1):", "  return 1", "return 2"], [batch]);
});

test("branches are decided, and assertions about the samples are taken to hold", () => {
  const choose = ["if x0:", "  y = 1", "else:", "  y = 2", "return y"];
  gives(1, choose, [true]);
  gives(2, choose, [false]);
  gives(2, choose, [null]);
  const assertion = ["if torch.gt(x0, 100):", "  pass", "else:", '  ops.prim.RaiseException("too few")', "return 7"];
  gives(7, assertion, [batch]);
  gives(7, assertion, [101]);
  refuses("raised", /"too few".*line \d+ of code\/__torch__\.py/, assertion, [99]);
  refuses("raised", /refuses/, ["raise Exception"]);
});

test("loops are unrolled", () => {
  gives(10, ["s = 0", "for i in range(5):", "  s = torch.add(s, i)", "return s"]);
  gives(9, ["s = 0", "for i in range(1, 6, 2):", "  s = torch.add(s, i)", "return s"]);
  gives(6, ["s = 0", "for v in [1, 2, 3]:", "  s = torch.add(s, v)", "return s"]);
  gives(8, ["s = 1", "while torch.lt(s, 5):", "  s = torch.mul(s, 2)", "return s"]);
  gives(3, ["for i in range(9):", "  if torch.eq(i, 3):", "    return i", "return -1"]);
  refuses("data-dependent", /number of turns/, ["for i in range(x0):", "  pass", "return 1"], [batch]);
});

test("lists are shared, and change for whoever holds them", () => {
  gives(
    [1, 9, 3, 4],
    ["a = [1, 2, 3]", "b = a", "_0 = torch.append(b, 4)", "_1 = torch._set_item(a, 1, 9)", "return b"],
  );
  gives([1, 2], ["a = [1, 2]", "b = torch.copy(a)", "_0 = torch.append(b, 3)", "return a"]);
  gives([[2, 3], [1, 3], 3], ["a = [1, 2, 3]", "return (torch.slice(a, -2), torch.slice(a, 0, None, 2), a[-1])"]);
  gives([1, 1, 1, 2], ["return torch.add(torch.mul([1], 3), [2])"]);
  gives([true, false, 3], ['return (torch.__contains__(["a"], "a"), torch.eq([1], [2]), torch.len([0, 0, 0]))']);
  gives([4, 1, 2], ["return (torch.sum([1, 1, 2]), ops.prim.min([3, 1]), ops.prim.max([1, 2]))"]);
  gives([1, 2, 3], ["a, b, = x0", "return [a, b, 3]"], [new List([1, 2])]);
  refuses("bad-code", /3 values are assigned to 2 names/, ["a, b = 1, 2, 3", "return a"]);
  refuses("bad-code", /Position 3/, ["a = [1]", "return a[3]"]);
});

test("dictionaries and texts are computed with", () => {
  gives(new Map([["b", 2]]), ['d = {"a": 1}', '_0 = torch._set_item(d, "b", 2)', '_1 = torch.pop(d, "a")', "return d"]);
  gives([1, 5, ["a"]], ['d = {"a": 1}', 'return (d["a"], torch.get(d, "z", 5), torch.keys(d))']);
  gives("got 3 of [1,2]", ['return torch.format("got {} of {}", 3, [1, 2])']);
  gives([true, 1, "ab"], ['return (torch.eq("a", "a"), torch.find("cpu", "pu"), torch.add("a", "b"))']);
});

test("attributes are what their types say, and training is off", () => {
  const network: Network = {
    attributes: { p: 1, sizes: [2, 3], rate: [1, 2], training: true, none: null },
    declarations: [
      "p : float",
      "sizes : List[int]",
      "rate : Tuple[float, int]",
      "training : bool",
      "none : Optional[float]",
      "stride : Final[Tuple[int, int]] = (2, 2)",
    ],
  };
  gives(
    [{ float: 1 }, [2, 3], [{ float: 1 }, 2], false, null, [2, 2]],
    ["return (self.p, self.sizes, self.rate, self.training, self.none, self.stride)"],
    [],
    network,
  );
  gives(5, ["self.p = 5", 'return getattr(self, "p")'], [], network);
  refuses("bad-code", /no attribute other/, ["return self.other"], [], network);
});

test("functions, named tuples and objects of the archive are called", () => {
  const functions = [
    "def twice(x: int, by: int=2) -> int:",
    "  return torch.mul(x, by)",
    "class Pair(NamedTuple):",
    "  first : int",
    "  second : int",
    "class Counter:",
    "  count : int",
    "  def __init__(self: __torch__.Counter, start: int) -> NoneType:",
    "    self.count = start",
    "    return None",
    "  def next(self: __torch__.Counter) -> int:",
    "    self.count = torch.add(self.count, 1)",
    "    return self.count",
  ];
  gives([6, 9], ["_0 = __torch__.twice", "return (_0(3, ), __torch__.twice(3, by=3))"], [], { functions });
  gives([2, 1], ["p = __torch__.Pair(1, 2)", "return (p.second, p[0])"], [], { functions });
  const made = [
    "c = __torch__.Counter.__new__(__torch__.Counter)",
    "_0 = (c).__init__(4, )",
    "_1 = (c).next()",
    "return c.count",
  ];
  gives(5, made, [], { functions });
  refuses("bad-code", /without x/, ["return __torch__.twice()"], [], { functions });
});

test("types are tested and stripped", () => {
  gives([true, false, true], ["return (isinstance(1, int), isinstance(1, (float, str)), isinstance([1], List[int]))"]);
  gives([3, null], ["return (unchecked_cast(int, 3), annotate(Optional[int], None))"]);
});

test("code that never ends is stopped", () => {
  const endless = [
    ["while True:", "  pass", "return 1"],
    ["a = [1]", "for i in range(100):", "  a = torch.add(a, a)", "return a"],
    ["return torch.mul([1], 1000000000)"],
    ["return (self).f()"],
    ["for i in range(9223372036854775807):", "  pass", "return 1"],
  ];
  for (const body of endless) refuses("limit", /absurdly/, body);
});
