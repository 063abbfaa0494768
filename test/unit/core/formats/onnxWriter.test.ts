import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource, type SiblingFiles } from "../../../../src/core/formats/byteSource.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import { writeOnnx, writeOnnxWithExternalData } from "../../../../src/core/formats/onnx/writer.ts";
import type { Program } from "../../../../src/core/graph/graph.ts";
import { numbers } from "../../../fixtures/onnxPrograms.ts";
import { richProgram } from "../../../fixtures/onnxRichProgram.ts";

const alone: SiblingFiles = {
  open: () => {
    throw new Error("nothing is beside the model");
  },
};

/** A program with tensors replaced by what they hold, to compare. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("bytes" in value && "dtype" in value && "shape" in value) {
    const tensor = value as ReturnType<typeof numbers>;
    const content = tensor.dtype === "string" ? tensor.strings?.() : tensor.bytes();
    return { dtype: tensor.dtype, shape: tensor.shape, content };
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

test("what was written reads as the same program", () => {
  for (const program of [richProgram(), { ...richProgram(), irVersion: 3 }]) {
    const bytes = writeOnnx(program);
    assert.deepEqual(plain(readOnnx(bytesSource("written", bytes), alone)), plain(program));
    assert.deepEqual(writeOnnx(readOnnx(bytesSource("written", bytes), alone)), bytes, "and writes the same again");
  }
});

test("integers at the ends of int64 stay there", () => {
  const program = richProgram();
  const again = readOnnx(bytesSource("written", writeOnnx(program)), alone);
  const ends = again.graph.nodes[0]?.attributes.get("ends");
  assert.deepEqual(ends, { type: "ints", value: [2 ** 63, -(2 ** 63), 2 ** 53 - 1, -1, 0] });
});

test("weights go to a file beside the model where they should", () => {
  const small = numbers([8], 1);
  const large = { a: numbers([300], 2), b: numbers([7, 43], 3) };
  const program: Program = {
    ...richProgram(),
    graph: { ...richProgram().graph, initializers: new Map(Object.entries({ w: small, ...large })) },
  };
  const chunks: Uint8Array[] = [];
  const bytes = writeOnnxWithExternalData(program, "weights.data", (chunk) => chunks.push(chunk));
  const data = Buffer.concat(chunks);
  assert.ok(bytes.length < 4000 && data.length >= 4 * 601);
  const siblings: SiblingFiles = {
    open: (path) => {
      assert.equal(path, "weights.data");
      return bytesSource(path, data);
    },
  };
  assert.deepEqual(plain(readOnnx(bytesSource("written", bytes), siblings)), plain(program));
});

test("a model of 2 GiB is refused before it is made", () => {
  const huge = { dtype: "uint8" as const, shape: [2 ** 31], bytes: () => assert.fail("never read") };
  const program: Program = {
    ...richProgram(),
    graph: { ...richProgram().graph, initializers: new Map([["w", huge]]) },
  };
  assert.throws(() => writeOnnx(program), { code: "onnx/too-large" });
});
