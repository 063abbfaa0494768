import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { Message } from "../../../../src/core/formats/onnx/message.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import { modelField } from "../../../../src/core/formats/onnx/schema.ts";
import { writeOnnx } from "../../../../src/core/formats/onnx/writer.ts";
import { richProgram } from "../../../fixtures/onnxRichProgram.ts";

const bytes = writeOnnx(richProgram());

/** Reads a model and all it holds; the code of the refusal, or `ok`. Anything that is not a refusal is a defect. */
function verdict(file: Uint8Array): string {
  const alone = {
    open: (path: string): never => {
      throw new Failure("file/missing", path);
    },
  };
  try {
    const program = readOnnx(bytesSource("fuzzed", file), alone);
    for (const tensor of program.graph.initializers.values()) {
      if (tensor.dtype === "string") tensor.strings?.();
      else tensor.bytes();
    }
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

test("a model with any byte changed is read or refused", (t) => {
  const verdicts = new Map<string, number>();
  const start = performance.now();
  for (let at = 0; at < bytes.length; at++) {
    const original = bytes[at] ?? 0;
    for (const changed of [0, 1, 0x7f, 0x80, 0xff, ...Array.from({ length: 8 }, (_, bit) => original ^ (1 << bit))]) {
      const file = bytes.slice();
      file[at] = changed;
      const code = verdict(file);
      verdicts.set(code, (verdicts.get(code) ?? 0) + 1);
    }
  }
  const seconds = (performance.now() - start) / 1000;
  t.diagnostic(
    `${bytes.length} bytes, ${seconds.toFixed(1)} s: ${[...verdicts].map((entry) => entry.join(" ")).join(", ")}`,
  );
  assert.ok(seconds < 60);
});

test("a model cut off at any byte is refused", () => {
  const codes = new Set<string>();
  for (let length = 0; length < bytes.length; length++) codes.add(verdict(bytes.subarray(0, length)));
  assert.equal(verdict(bytes), "ok");
  // Behind the graph and the operator sets, the rest of a file is notes and functions, which it may lack.
  codes.delete("ok");
  assert.deepEqual([...codes].sort(), ["onnx/not-onnx", "onnx/truncated"]);
});

test("random bytes are no model", () => {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  for (let i = 0; i < 2000; i++) {
    // Half of them begin as a model does.
    const file = Uint8Array.from({ length: 200 }, (_, k) => (i % 2 === 0 ? ([8, 8, 58, 190, 1][k] ?? next()) : next()));
    assert.notEqual(verdict(file), "ok");
  }
});

test("a file of a million empty parts is refused before it fills the memory", () => {
  const empty = Uint8Array.from({ length: 4_000_000 }, (_, i) => (i % 2 === 0 ? 10 : 0));
  const nodes = new Message();
  nodes.int(modelField.irVersion, 8);
  nodes.bytes(modelField.graph, empty);
  assert.equal(verdict(nodes.toBytes()), "onnx/limit");
});
