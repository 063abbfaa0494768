import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import { torchConstruct } from "../../../../../src/core/formats/torch/meanings.ts";
import {
  PickleBytes,
  PickleGlobal,
  PickleObject,
  type PickleValue,
} from "../../../../../src/core/formats/torch/pickleValues.ts";
import { unpickle } from "../../../../../src/core/formats/torch/unpickle.ts";

/** Bytes of a text of Latin-1, in which a pickle's opcodes are letters. */
function bytes(pickle: string): Uint8Array {
  return new Uint8Array(Buffer.from(pickle, "latin1"));
}

function load(pickle: string | Uint8Array): PickleValue {
  const source = bytesSource("x.pkl", typeof pickle === "string" ? bytes(pickle) : pickle);
  const persistent = (id: PickleValue) => ["persistent", id];
  return unpickle(source, 0, { persistent, construct: torchConstruct() }).value;
}

function refuses(pickle: string | Uint8Array, code: string): void {
  assert.throws(() => load(pickle), { name: "Failure", code: `pickle/${code}` }, JSON.stringify(pickle).slice(0, 80));
}

test("numbers of every protocol", () => {
  const cases: [string, PickleValue][] = [
    ["N.", null],
    ["\x88.", true],
    ["\x89.", false],
    ["I01\n.", true],
    ["I00\n.", false],
    ["I-42\n.", -42],
    ["L123L\n.", 123],
    ["L-12345678901234567890L\n.", -12345678901234567890n],
    ["F-1.5e3\n.", -1500],
    ["Finf\n.", Infinity],
    ["Fnan\n.", Number.NaN],
    ["K\xff.", 255],
    ["M\x01\x02.", 513],
    ["J\xfe\xff\xff\xff.", -2],
    ["G\xbf\xf8\x00\x00\x00\x00\x00\x00.", -1.5],
    ["\x8a\x00.", 0],
    ["\x8a\x01\xff.", -1],
    ["\x8a\x02\xff\x00.", 255],
    ["\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
    ["\x8b\x02\x00\x00\x00\x00\x80.", -32768],
  ];
  for (const [pickle, value] of cases) assert.deepEqual(load(pickle), value, JSON.stringify(pickle));
});

test("texts and byte strings of every protocol", () => {
  const cases: [string, string][] = [
    ["S'a\\'b\\n\\x41\\\\'\n.", "a'b\nA\\"],
    ['S"q"\n.', "q"],
    ["T\x02\x00\x00\x00\xe9z.", "éz"],
    ["U\x01\xe9.", "é"],
    ["V\\u20ac\\U0001f600\\n\n.", "€😀\\n"],
    ["X\x03\x00\x00\x00\xe2\x82\xac.", "€"],
    ["\x8c\x03\xe2\x82\xac.", "€"],
    ["\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.", "a"],
    // A lone surrogate, which Python writes and no UTF-8 has.
    ["X\x03\x00\x00\x00\xed\xa0\x80.", "\xed\xa0\x80"],
  ];
  for (const [pickle, value] of cases) assert.equal(load(pickle), value, JSON.stringify(pickle));
  for (const pickle of [
    "B\x02\x00\x00\x00\x00\xff.",
    "C\x02\x00\xff.",
    "\x8e\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff.",
  ]) {
    const value = load(pickle);
    assert.ok(value instanceof PickleBytes);
    assert.deepEqual([...value.read()], [0, 255]);
  }
});

test("containers of every protocol", () => {
  const cases: [string, PickleValue][] = [
    [").", []],
    ["].", []],
    ["(K\x01K\x02t.", [1, 2]],
    ["(K\x01K\x02l.", [1, 2]],
    ["K\x01\x85.", [1]],
    ["K\x01K\x02\x86.", [1, 2]],
    ["K\x01K\x02K\x03\x87.", [1, 2, 3]],
    ["]K\x01a(K\x02K\x03e.", [1, 2, 3]],
    ["}.", new Map()],
    ["(K\x01Nd.", new Map([[1, null]])],
    [
      "}U\x01aK\x01s(U\x01bK\x02U\x01aK\x03u.",
      new Map([
        ["a", 3],
        ["b", 2],
      ]),
    ],
    ["\x8f.", new Set()],
    ["\x8f(K\x01K\x02K\x01\x90.", new Set([1, 2])],
    ["(K\x01\x91.", new Set([1])],
  ];
  for (const [pickle, value] of cases) assert.deepEqual(load(pickle), value, JSON.stringify(pickle));
});

test("the stack, marks and the memo", () => {
  assert.deepEqual(load("K\x01K\x020."), 1);
  assert.deepEqual(load("K\x01(K\x02K\x031."), 1);
  // POP of a mark, as Python 2 wrote it.
  assert.deepEqual(load("K\x01(0."), 1);
  assert.deepEqual(load("K\x012\x86."), [1, 1]);
  assert.deepEqual(load("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x07\x94h\x00\x86."), [7, 7]);
  assert.deepEqual(load("K\x07p5\ng5\n\x86."), [7, 7]);
  assert.deepEqual(load("K\x07q\x05h\x05\x86."), [7, 7]);
  assert.deepEqual(load("K\x07r\x00\x01\x00\x00j\x00\x01\x00\x00\x86."), [7, 7]);
  const circle = load("]q\x00h\x00a.");
  assert.ok(Array.isArray(circle) && circle[0] === circle);
});

test("persistent ids are given to the file around the pickle", () => {
  assert.deepEqual(load("Pabc\n."), ["persistent", "abc"]);
  assert.deepEqual(load("K\x01\x85Q."), ["persistent", [1]]);
});

test("classes and functions are names, and what they would make is inert", () => {
  const value = load("cposix\nsystem\nU\x02ls\x85R.");
  assert.ok(value instanceof PickleObject);
  assert.deepEqual([value.className, value.args], ["posix.system", ["ls"]]);
  const named = load("\x8c\x01m\x8c\x01n\x93.");
  assert.ok(named instanceof PickleGlobal && named.name === "m.n");
  for (const pickle of [
    "cm\nC\n)\x81",
    "cm\nC\n)}\x92",
    "(cm\nC\no",
    "(im\nC\n",
    "ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR",
  ]) {
    const made = load(`${pickle}}U\x01aK\x01sb.`);
    assert.ok(made instanceof PickleObject, pickle);
    assert.deepEqual([made.className, made.attribute("a"), made.attribute("b")], ["m.C", 1, undefined], pickle);
  }
  const filled = load("cm\nD\n)\x81}b(U\x01kK\x01uK\x02a(K\x03e.");
  assert.ok(filled instanceof PickleObject);
  assert.deepEqual([filled.entries, filled.elements], [new Map([["k", 1]]), [2, 3]]);
  // Something that is no name is called.
  assert.ok(load("K\x01)R.") instanceof PickleObject);
});

test("the names of Python's containers have their meaning", () => {
  const cases: [string, PickleValue][] = [
    ["ccollections\nOrderedDict\n)RU\x01aK\x01s.", new Map([["a", 1]])],
    ["ccollections\nOrderedDict\n]]U\x01aaK\x01aa\x85R.", new Map([["a", 1]])],
    ["ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RU\x01aK\x01s.", new Map([["a", 1]])],
    ["c__builtin__\nset\n]K\x01a\x85R.", new Set([1])],
    ["ctorch\nSize\nK\x02K\x03\x86\x85R.", [2, 3]],
  ];
  for (const [pickle, value] of cases) assert.deepEqual(load(pickle), value, JSON.stringify(pickle));
  const encoded = load("c_codecs\nencode\nX\x02\x00\x00\x00\xc3\xbfU\x06latin1\x86R.");
  assert.ok(encoded instanceof PickleBytes);
  assert.deepEqual([...encoded.read()], [255]);
  const scalar = "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02f8K\x00K\x01\x87R";
  assert.equal(load(`${scalar}(K\x03U\x01<NNNtbC\x08\x00\x00\x00\x00\x00\x00\xf8?\x86R.`), 1.5);
  assert.equal(load(`${scalar}(K\x03U\x01>NNNtbC\x08?\xf8\x00\x00\x00\x00\x00\x00\x86R.`), 1.5);
});

test("a list that is used as content is not copied for each use", () => {
  // Two dictionaries of one: were it copied, this could be repeated to fill the memory.
  const both = load(
    "}q\x00U\x01aK\x01s0ccollections\nOrderedDict\nh\x00\x85Rccollections\nOrderedDict\nh\x00\x85R\x86.",
  );
  assert.ok(Array.isArray(both) && both[0] === both[1]);
});

test("what is no pickle, or one that asks for too much, is refused by name", () => {
  refuses("", "truncated");
  refuses("K", "truncated");
  refuses("X\x05\x00\x00\x00abc", "truncated");
  refuses("cmodule", "truncated");
  refuses("\xff", "bad-opcode");
  refuses(".", "stack");
  refuses("0", "stack");
  refuses("K\x01\x86.", "stack");
  // The mark hides what is below it.
  refuses("K\x01(\x85.", "stack");
  refuses("K\x01(R.", "stack");
  refuses("t.", "mark");
  refuses("h\x00.", "memo");
  refuses("K\x01p-1\n.", "memo");
  refuses("Ia\n.", "bad-value");
  refuses("Fx\n.", "bad-value");
  refuses("Sx\n.", "bad-value");
  refuses("K\x01K\x01\x93.", "bad-value");
  refuses("}(K\x01u.", "bad-value");
  refuses("]K\x01K\x02s.", "bad-value");
  refuses("}K\x01a.", "bad-value");
  refuses("](K\x01\x90.", "bad-value");
  refuses("\x80\x06.", "protocol");
  for (const extension of ["\x82\x01", "\x83\x01\x00", "\x84\x01\x00\x00\x00"]) refuses(`${extension}.`, "extension");
  for (const buffer of ["\x96\x00\x00\x00\x00\x00\x00\x00\x00", "\x97", "\x98"]) refuses(`${buffer}.`, "out-of-band");
  refuses("T\xff\xff\xff\xffa.", "huge-length");
  refuses("\x8b\xff\xff\xff\xffa.", "huge-length");
  refuses("\x8d\x00\x00\x00\x00\x00\x01\x00\x00a.", "huge-length");
  refuses("\x8e\x00\x00\x00\x00\x00\x00\x00\x10a.", "huge-length");
  refuses("\x8a\xff", "truncated");
});

test("neither depth nor length exhausts the machine", () => {
  assert.ok(
    Array.isArray(load(Buffer.concat([Buffer.alloc(200_000, "]"), Buffer.alloc(199_999, "a"), Buffer.from(".")]))),
  );
  refuses(new Uint8Array(Buffer.alloc(1_300_000, "}")), "too-many-ops");
});
