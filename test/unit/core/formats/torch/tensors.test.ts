import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { Failure } from "../../../../../src/core/failure.ts";
import { bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import { readTorch } from "../../../../../src/core/formats/torch/reader.ts";
import { openTorchZip } from "../../../../../src/core/formats/torch/zipFile.ts";
import { toFloat64 } from "../../../../../src/core/graph/numbers.ts";
import type { Tensor } from "../../../../../src/core/graph/tensor.ts";

const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** An archive of a dictionary with one tensor `w`, spelt as a pickle of Latin-1. */
function archive(tensor: string, storage: Uint8Array = floats): Uint8Array {
  const pickle = new Uint8Array(Buffer.from(`\x80\x02}U\x01w${tensor}s.`, "latin1"));
  return zipSync({ "a/data.pkl": pickle, "a/data/0": storage, "a/version": new Uint8Array([51]) }, { level: 0 });
}

function storage(type: string, count: number): string {
  return `(U\x07storagectorch\n${type}\nU\x010U\x03cpuJ${int(count)}tQ`;
}

function int(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString("latin1");
}

function tuple(...values: number[]): string {
  return `(${values.map((value) => `J${int(value)}`).join("")}t`;
}

interface View {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly type?: string;
  readonly count?: number;
}

function rebuilt({ shape, strides, offset = 0, type = "FloatStorage", count = 4 }: View): string {
  const view = `J${int(offset)}${tuple(...shape)}${tuple(...strides)}`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage(type, count)}${view}\x89NtR`;
}

function read(tensor: string, bytes?: Uint8Array): Tensor {
  const found = readTorch(bytesSource("x.pt", archive(tensor, bytes))).weights.tensors.get("w");
  assert.ok(found);
  return found;
}

function refuses(tensor: string, code: string, bytes?: Uint8Array): void {
  assert.throws(() => read(tensor, bytes), { name: "Failure", code: `torch/${code}`, file: "x.pt" });
}

test("views are gathered from their storage", () => {
  const values = (view: View) => [...toFloat64(read(rebuilt(view)))];
  assert.deepEqual(values({ shape: [2, 2], strides: [2, 1] }), [1, 2, 3, 4]);
  assert.deepEqual(values({ shape: [2, 2], strides: [1, 2] }), [1, 3, 2, 4]);
  assert.deepEqual(values({ shape: [2], strides: [2], offset: 1 }), [2, 4]);
  assert.deepEqual(values({ shape: [3], strides: [0], offset: 3 }), [4, 4, 4]);
  assert.deepEqual(values({ shape: [], strides: [], offset: 2 }), [3]);
  assert.deepEqual(values({ shape: [0, 7], strides: [7, 1], offset: 4 }), []);
});

test("types that have no storage class are named by the tensor", () => {
  const rebuiltAs = (dtype: string, size: number) => {
    const view = `K\x00${tuple(size)}${tuple(1)}`;
    return `ctorch._utils\n_rebuild_tensor_v3\n(${storage("UntypedStorage", 4)}${view}\x89Nctorch\n${dtype}\n}tR`;
  };
  const values = (dtype: string, size: number, ...bytes: number[]) => {
    const tensor = read(rebuiltAs(dtype, size), Uint8Array.from(bytes));
    return [tensor.dtype, ...toFloat64(tensor)];
  };
  assert.deepEqual(values("uint16", 2, 255, 255, 1, 0), ["uint16", 65535, 1]);
  assert.deepEqual(values("uint32", 1, 255, 255, 255, 255), ["uint32", 2 ** 32 - 1]);
  assert.deepEqual(values("float8_e4m3fn", 4, 0x38, 0xb8, 0, 0x7e), ["float8e4m3fn", 1, -1, 0, 448]);
  assert.deepEqual(values("bfloat16", 2, 0x80, 0x3f, 0x80, 0xbf), ["bfloat16", 1, -1]);
  refuses(rebuiltAs("uint16", 3), "tensor-out-of-storage");
});

test("parameters and subclasses of tensors are tensors", () => {
  const plain = rebuilt({ shape: [4], strides: [1] });
  const inner = plain.slice(plain.indexOf("("), -1);
  for (const wrapped of [
    `ctorch._utils\n_rebuild_parameter\n${plain}\x88N\x87R`,
    `ctorch._utils\n_rebuild_parameter_with_state\n(${plain}\x88N}tR`,
    `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\ncmy\nTensor\n${inner}}tR`,
  ]) {
    assert.deepEqual([...toFloat64(read(wrapped))], [1, 2, 3, 4]);
  }
});

test("layouts that cannot be are refused before anything is read", () => {
  refuses(rebuilt({ shape: [5], strides: [1] }), "tensor-out-of-storage");
  refuses(rebuilt({ shape: [2], strides: [4] }), "tensor-out-of-storage");
  refuses(rebuilt({ shape: [4], strides: [1], offset: 1 }), "tensor-out-of-storage");
  refuses(rebuilt({ shape: [-1], strides: [1] }), "bad-shape");
  refuses(rebuilt({ shape: [4], strides: [-1] }), "bad-shape");
  refuses(rebuilt({ shape: [4], strides: [] }), "bad-shape");
  refuses(rebuilt({ shape: Array(65).fill(1), strides: Array(65).fill(1) }), "bad-shape");
  refuses(rebuilt({ shape: [4], strides: [1], offset: -1 }), "bad-offset");
  refuses(rebuilt({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] }), "expanded-tensor-too-large");
  refuses(rebuilt({ shape: [4], strides: [1], type: "OddStorage" }), "unknown-storage");
  refuses(rebuilt({ shape: [4], strides: [1], count: -1 }), "bad-storage-size");
  refuses(rebuilt({ shape: [4], strides: [1] }), "short-storage", floats.subarray(0, 12));
});

test("a shape that the pickle changes after the tensor was made changes nothing", () => {
  // The list of sizes is remembered as value 0, and appended to behind the tensor.
  const view = `K\x00]q\x00K\x04a${tuple(1)}`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage("FloatStorage", 4)}${view}\x89NtRh\x00J${int(2 ** 30)}a0`;
  assert.deepEqual(read(tensor).shape, [4]);
});

test("pickles of an archive are read one by one, each with its folder of storages", () => {
  const pickle = new Uint8Array(Buffer.from(`\x80\x02${rebuilt({ shape: [4], strides: [1] })}\x85.`, "latin1"));
  const zip = openTorchZip(
    bytesSource(
      "s.pt",
      zipSync(
        { "s/data.pkl": Uint8Array.of(78, 46), "s/constants.pkl": pickle, "s/constants/0": floats },
        { level: 0 },
      ),
    ),
  );
  assert.deepEqual([zip.root, zip.isTorchScript, zip.unpickle("data.pkl", "data/").value], ["s/", true, null]);
  assert.ok(Array.isArray(zip.unpickle("constants.pkl", "constants/").value));
  assert.throws(() => zip.unpickle("constants.pkl", "data/"), { code: "torch/missing-storage" });
});

test("files with any byte changed, or cut off anywhere, are read or refused", (t) => {
  const folder = join(import.meta.dirname, "../../../../fixtures/torch");
  const counts = new Map<string, number>();
  const attempt = (bytes: Uint8Array) => {
    let code = "ok";
    try {
      for (const tensor of readTorch(bytesSource("x", bytes)).weights.tensors.values()) tensor.bytes();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      code = error.code;
    }
    counts.set(code, (counts.get(code) ?? 0) + 1);
  };
  for (const name of ["views_legacy.pth", "numpy.pt", "dumped.pkl"]) {
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    for (let at = 0; at < bytes.length; at++) {
      attempt(bytes.subarray(0, at));
      for (const changed of [0, 0xff, bytes[at]! ^ 1, bytes[at]! ^ 0x80]) attempt(bytes.with(at, changed));
    }
  }
  t.diagnostic([...counts].map((entry) => entry.join(" ")).join(", "));
});
