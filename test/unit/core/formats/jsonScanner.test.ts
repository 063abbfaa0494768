import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { JsonScanner } from "../../../../src/core/formats/jsonScanner.ts";

function scanner(text: string): JsonScanner {
  return new JsonScanner(text, (what) => new Failure("json/malformed", what));
}

test("passes over values exactly as JSON.parse reads them", () => {
  const accepted = [
    '{"a": [1, -2.5e+3, {"b": null}], "c": "\\"\\u00e9\\\\", "": {}}',
    " [ ] ",
    "[[],[[]],{}]",
    '"a"',
    "0",
    "-0.5E2",
    "true",
  ];
  for (const text of accepted) {
    JSON.parse(text);
    const scan = scanner(text);
    scan.skip();
    scan.end();
  }
  const refused = [
    ...["", "{", "[1,]", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "[1 2]", "01", "+1", ".5", "1.", "nul", '"a', '"\\x"'],
    ...['"\n"', "]", "[}", '{"a":1]', "1 2", "[1]]", "\u00a01"],
  ];
  for (const text of refused) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    const scan = scanner(text);
    const read = () => {
      scan.skip();
      scan.end();
    };
    assert.throws(read, { code: "json/malformed" }, text);
  }
});

test("reads names, texts and numbers as they stand", () => {
  const scan = scanner('{"a\\n": "\\ud83d\\ude00", "a": 9007199254740993, "a": [true, "x"]}');
  const seen: unknown[] = [];
  scan.members((name) => {
    seen.push(name);
    if (scan.peek() === '"') seen.push(scan.string());
    else if (scan.peek() === "[") {
      scan.items(() => {
        if (scan.peek() === '"') seen.push(scan.string());
        else scan.skip();
      });
    } else seen.push(scan.number());
  });
  scan.end();
  assert.deepEqual(seen, ["a\n", "😀", "a", "9007199254740993", "a", "x"]);
});

test("nesting costs no stack and has a limit", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  scanner(nested(1000)).skip();
  assert.throws(() => scanner(nested(1002)).skip(), { code: "json/malformed" });
  assert.throws(() => scanner(nested(1_000_000)).skip(), { code: "json/malformed" });
});
