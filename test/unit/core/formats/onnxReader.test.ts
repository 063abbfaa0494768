import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { type ByteSource, bytesSource, type SiblingFiles } from "../../../../src/core/formats/byteSource.ts";
import { numberOfDtype } from "../../../../src/core/formats/onnx/dtypes.ts";
import { Message } from "../../../../src/core/formats/onnx/message.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import {
  attributeField,
  graphField,
  modelField,
  nodeField,
  opsetField,
  sparseField,
  tensorField,
  valueInfoField,
} from "../../../../src/core/formats/onnx/schema.ts";
import { entry } from "../../../../src/core/formats/onnx/writeTensor.ts";
import { toFloat64, toIntegers } from "../../../../src/core/graph/numbers.ts";
import type { DType, Tensor } from "../../../../src/core/graph/tensor.ts";

/** A message of fields, each written by a function. */
function message(...fields: ((m: Message) => void)[]): Message {
  const m = new Message();
  for (const field of fields) field(m);
  return m;
}

function model(graph: Message, ...more: ((m: Message) => void)[]): ByteSource {
  const opset = message((m) => m.int(opsetField.version, 13));
  const whole = message(
    (m) => m.int(modelField.irVersion, 8),
    (m) => m.message(modelField.graph, graph),
    (m) => m.message(modelField.opsetImport, opset),
    ...more,
  );
  return bytesSource("model.onnx", whole.toBytes());
}

const alone: SiblingFiles = {
  open: () => {
    throw new Failure("file/missing", "");
  },
};

function proto(dtype: DType, dims: number[], ...data: ((m: Message) => void)[]): Message {
  return message(
    (m) => m.ints(tensorField.dims, dims),
    (m) => m.int(tensorField.dataType, numberOfDtype(dtype)),
    (m) => m.text(tensorField.name, "w"),
    ...data,
  );
}

function withTensor(tensor: Message): ByteSource {
  return model(message((m) => m.message(graphField.initializer, tensor)));
}

function readTensor(tensor: Message, siblings = alone): Tensor {
  const found = readOnnx(withTensor(tensor), siblings).graph.initializers.get("w");
  assert.ok(found);
  return found;
}

test("typed fields give the elements in their own type", () => {
  const int32 =
    (...values: number[]) =>
    (m: Message) =>
      m.ints(tensorField.int32Data, values);
  assert.deepEqual(toIntegers(readTensor(proto("int32", [3], int32(1, -2, 2 ** 31 - 1)))), [1, -2, 2 ** 31 - 1]);
  assert.deepEqual(toIntegers(readTensor(proto("int8", [2], int32(-128, 5)))), [-128, 5]);
  assert.deepEqual(toIntegers(readTensor(proto("bool", [2], int32(1, 0)))), [1, 0]);
  assert.deepEqual(toIntegers(readTensor(proto("int16", [1], int32(-300)))), [-300]);
  assert.deepEqual(toIntegers(readTensor(proto("int4", [3], int32(0xf7, 0x08)))), [7, -1, -8]);
  assert.deepEqual([...toFloat64(readTensor(proto("float16", [2], int32(0x3c00, 0xc000))))], [1, -2]);
  assert.deepEqual([...toFloat64(readTensor(proto("bfloat16", [1], int32(0x3fc0))))], [1.5]);
  assert.deepEqual([...toFloat64(readTensor(proto("float8e4m3fn", [1], int32(0x38))))], [1]);
  const int64 = (m: Message) => m.ints(tensorField.int64Data, [-1, 2 ** 40]);
  assert.deepEqual(toIntegers(readTensor(proto("int64", [2], int64))), [-1, 2 ** 40]);
  const uint64 = (m: Message) => m.ints(tensorField.uint64Data, [7, 2 ** 32 - 1]);
  assert.deepEqual(toIntegers(readTensor(proto("uint32", [2], uint64))), [7, 2 ** 32 - 1]);
  assert.deepEqual(toIntegers(readTensor(proto("uint64", [2], uint64))), [7, 2 ** 32 - 1]);
  const float = (m: Message) => m.floats(tensorField.floatData, [1.5, -2]);
  assert.deepEqual([...toFloat64(readTensor(proto("float32", [2], float)))], [1.5, -2]);
  assert.deepEqual([...toFloat64(readTensor(proto("complex64", [1], float)))], [1.5, -2]);
  const double = (m: Message) => m.bytes(tensorField.doubleData, new Uint8Array(Float64Array.of(Math.PI).buffer));
  assert.deepEqual([...toFloat64(readTensor(proto("float64", [1], double)))], [Math.PI]);
  const one = (value: number) => (m: Message) => m.float(tensorField.floatData, value);
  assert.deepEqual([...toFloat64(readTensor(proto("float32", [2], one(1), one(2))))], [1, 2], "not packed");
  const strings = proto(
    "string",
    [2],
    (m) => m.text(tensorField.stringData, "a"),
    (m) => m.text(tensorField.stringData, "ö"),
  );
  assert.deepEqual(readTensor(strings).strings?.(), ["a", "ö"]);
});

test("data that does not fill the shape is refused", () => {
  const raw = (length: number) => (m: Message) => m.bytes(tensorField.rawData, new Uint8Array(length));
  const sizes = { code: "onnx/tensor-size", file: "model.onnx" };
  assert.throws(() => readTensor(proto("float32", [3], raw(8))), sizes);
  assert.throws(() => readTensor(proto("float32", [3])), sizes);
  assert.throws(() => readTensor(proto("float32", [1], (m) => m.floats(tensorField.floatData, [1, 2]))), sizes);
  assert.throws(() => readTensor(proto("int64", [1], (m) => m.ints(tensorField.int32Data, [1]))), sizes, "wrong field");
  assert.throws(() => readTensor(proto("float32", [2 ** 40, 2 ** 40])), sizes);
  assert.throws(() => readTensor(proto("string", [2], (m) => m.text(tensorField.stringData, "a"))), sizes);
  assert.throws(() => readTensor(proto("float32", [-1])), { code: "onnx/bad-dims" });
  assert.throws(() => readTensor(proto("float32", new Array(65).fill(1), raw(4))), { code: "onnx/bad-dims" });
  assert.throws(() => readTensor(message((m) => m.int(tensorField.dataType, 99))), { code: "onnx/dtype" });
  assert.equal(readTensor(proto("float32", [0])).bytes().length, 0);
});

test("external data is found, checked, and read when it is asked for", () => {
  let reads = 0;
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const data: ByteSource = {
    name: "data",
    size: 100,
    read: (offset, length) => {
      reads++;
      return bytes.subarray(offset, offset + length);
    },
  };
  const siblings: SiblingFiles = {
    open: (path) => (path === "w.data" ? data : alone.open(path)),
  };
  const external = (entries: Record<string, string>, dims = [4]) =>
    proto(
      "uint8",
      dims,
      ...Object.entries(entries).map(
        ([key, text]) =>
          (m: Message) =>
            m.message(tensorField.externalData, entry(key, text)),
      ),
      (m) => m.int(tensorField.dataLocation, 1),
    );
  const tensor = readTensor(external({ location: "w.data", offset: "8", length: "4" }), siblings);
  assert.equal(reads, 0);
  const first = tensor.bytes();
  assert.deepEqual([...first], [8, 9, 10, 11]);
  first.fill(0);
  assert.deepEqual([...tensor.bytes()], [8, 9, 10, 11], "the caller owns what it gets");
  assert.deepEqual(toIntegers(readTensor(external({ location: "w.data" }), siblings)), [0, 1, 2, 3]);
  const refused = (code: string, entries: Record<string, string>, dims?: number[]) =>
    assert.throws(() => readTensor(external(entries, dims), siblings), { code, file: "model.onnx" });
  refused("onnx/external-missing", { location: "other" });
  refused("onnx/external-short", { location: "w.data", offset: "97" });
  refused("onnx/external-short", { location: "w.data" }, [101]);
  refused("onnx/tensor-size", { location: "w.data", length: "5" });
  refused("onnx/malformed", { location: "w.data", offset: "-1" });
  refused("onnx/malformed", { location: "w.data", offset: "9007199254740993" });
  refused("onnx/malformed", {});
});

test("inputs that repeat weights are not fed, and 2017's models mean operator set 1", () => {
  const input = (name: string) => (m: Message) =>
    m.message(
      graphField.input,
      message((i) => i.text(valueInfoField.name, name)),
    );
  const graph = message((m) => m.message(graphField.initializer, proto("float32", [0])), input("x"), input("w"));
  const old = message(
    (m) => m.int(modelField.irVersion, 1),
    (m) => m.text(modelField.producerName, "someone"),
    (m) => m.text(modelField.producerVersion, "0.2"),
    (m) => m.message(modelField.graph, graph),
  );
  const program = readOnnx(bytesSource("old", old.toBytes()), alone);
  assert.deepEqual(
    program.graph.inputs.map(({ name }) => name),
    ["x"],
  );
  assert.deepEqual([...program.opsets], [["", 1]]);
  assert.equal(program.producer, "someone 0.2");
});

test("what is no model, or only the beginning of one, is said to be that", () => {
  const refuse = (source: ByteSource, code: string) =>
    assert.throws(() => readOnnx(source, alone), { code, file: source.name });
  refuse(bytesSource("empty", new Uint8Array(0)), "onnx/not-onnx");
  refuse(bytesSource("text", new TextEncoder().encode("version https://git-lfs")), "onnx/not-onnx");
  refuse(bytesSource("zeros", new Uint8Array(100)), "onnx/not-onnx");
  const whole = model(message((m) => m.message(graphField.initializer, proto("float32", [0]))));
  const bytes = whole.read(0, whole.size);
  refuse(bytesSource("cut", bytes.subarray(0, whole.size - 6)), "onnx/truncated");
  refuse(bytesSource("cut between fields", bytes.subarray(0, whole.size - 4)), "onnx/truncated");
  const versions = (opset: number) =>
    model(new Message(), (m) =>
      m.message(
        modelField.opsetImport,
        message((o) => o.int(opsetField.version, opset)),
      ),
    );
  refuse(versions(27), "onnx/opset-too-new");
  refuse(versions(0), "onnx/malformed");
});

test("sparse weights are refused where they are used", () => {
  const sparse = message((m) => m.message(sparseField.values, proto("float32", [0])));
  const stored = (m: Message) => m.message(graphField.sparseInitializer, sparse);
  readOnnx(model(message(stored)), alone);
  const node = message(
    (m) => m.text(nodeField.input, "w"),
    (m) => m.text(nodeField.op, "Relu"),
  );
  const used = message((m) => m.message(graphField.node, node), stored);
  assert.throws(() => readOnnx(model(used), alone), { code: "onnx/sparse-initializer", message: /w/ });
});

test("graphs inside graphs end somewhere", () => {
  const inside = (graph: Message): Message => {
    const attribute = message(
      (m) => m.text(attributeField.name, "body"),
      (m) => m.message(attributeField.graph, graph),
    );
    const node = message(
      (m) => m.text(nodeField.op, "Loop"),
      (m) => m.message(nodeField.attribute, attribute),
    );
    return message((m) => m.message(graphField.node, node));
  };
  const nested = (depth: number): Message => (depth === 0 ? new Message() : inside(nested(depth - 1)));
  readOnnx(model(nested(16)), alone);
  assert.throws(() => readOnnx(model(nested(17)), alone), { code: "onnx/limit" });
});

test("only the small parts of a file are read", () => {
  const size = 1 << 24;
  const whole = withTensor(
    proto("uint8", [size], (m) => m.payload(tensorField.rawData, size, () => new Uint8Array(size))),
  );
  let read = 0;
  const counted: ByteSource = {
    ...whole,
    read: (offset, length) => {
      read += length;
      return whole.read(offset, length);
    },
  };
  const program = readOnnx(counted, alone);
  assert.ok(read < 1 << 20, `${read} bytes`);
  assert.equal(program.graph.initializers.get("w")?.bytes().length, size);
});
