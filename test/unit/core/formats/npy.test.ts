import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { openNpy, writeNpy } from "../../../../src/core/formats/npy.ts";
import { readRows } from "../../../../src/core/formats/storedArray.ts";

/** Files that NumPy wrote, and what it reads from them. */
const files: Readonly<Record<string, { base64: string; shape: number[]; values: number[] }>> = {
  "float32, C order": {
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=",
    shape: [2, 3],
    values: [0, 0.25, 0.5, 0.75, 1, 1.25],
  },
  "big-endian float64, Fortran order": {
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMywgMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAUwAAAAAAAAPC/AAAAAAAACEAAAAAAAAAIwAAAAAAAAPA/AAAAAAAAFEAAAAAAAAAQwAAAAAAAAAAAAAAAAAAAEEAAAAAAAAAAwAAAAAAAAABAAAAAAAAAGEA=",
    shape: [3, 2, 2],
    values: [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6],
  },
  "big-endian int16": {
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDQsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+1AAAAAd//w==",
    shape: [4],
    values: [-300, 0, 7, 32767],
  },
  float16: {
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPADB/3sBAAB8",
    shape: [5],
    values: [1, -2.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY],
  },
  "uint64, version 2": {
    base64:
      "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8dTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMSksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAEAAAMAAAAAAAAA",
    shape: [2, 1],
    values: [2 ** 40, 3],
  },
  "bool, version 3": {
    base64:
      "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=",
    shape: [3],
    values: [1, 0, 1],
  },
  "int64 scalar": {
    base64:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr3/////////w==",
    shape: [],
    values: [-9],
  },
};

const refused: Readonly<Record<string, string>> = {
  objects:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAA2NudW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEAY251bXB5Cm5kYXJyYXkKcQFLAIVxAkMBYnEDh3EEUnEFKEsBSwKFcQZjbnVtcHkKZHR5cGUKcQdYAgAAAE84cQiJiIdxCVJxCihLA1gBAAAAfHELTk5OSv////9K/////0s/dHEMYoldcQ0ofXEOWAEAAABhcQ9LAXNOZXRxEGIu",
  records:
    "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxpNCcpLCAoJ2InLCAnPGY0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAQA==",
  text: "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUzJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAGMAAAA=",
  complex:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQA==",
};

for (const [name, { base64, shape, values }] of Object.entries(files)) {
  test(`reads NumPy's ${name}`, () => {
    const array = openNpy(source(base64));
    assert.deepEqual(array.shape, shape);
    const rows = shape[0] ?? 1;
    assert.deepEqual([...readRows(array, 0, rows, "float64")], values);
    assert.deepEqual([...readRows(array, 0, rows, "float32")], values.map(Math.fround));
    const width = values.length / rows;
    assert.deepEqual([...readRows(array, rows - 1, 1, "float64")], values.slice((rows - 1) * width));
  });
}

for (const [name, base64] of Object.entries(refused)) {
  test(`refuses ${name}`, () => {
    assert.throws(() => openNpy(source(base64)), { code: "npy/dtype", file: "x.npy" });
  });
}

test("what it writes, it reads, and the elements begin at a multiple of 64", () => {
  for (const shape of [[], [3], [2, 3], [1, 2, 3, 4]]) {
    const values = Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, Math.sqrt);
    const bytes = writeNpy("float64", shape, new Uint8Array(values.buffer));
    const array = openNpy(bytesSource("x.npy", bytes));
    assert.deepEqual([array.shape, array.offset % 64], [shape, 0]);
    assert.deepEqual(readRows(array, 0, shape[0] ?? 1, "float64"), values);
  }
});

test("keys may stand in any order, as other writers have them", () => {
  const array = openNpy(withHeader('{"shape": (2,), "fortran_order": False, "descr": "|u1"}', 2));
  assert.deepEqual([array.dtype, array.shape], ["uint8", [2]]);
});

test("a header that is not three plain literals is refused", () => {
  for (const header of [
    "",
    "{}",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -1)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1e9)}",
    "{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (2,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1, ".repeat(20000)}`,
  ]) {
    assert.throws(() => openNpy(withHeader(header, 8)), { code: "npy/bad-header" }, header.slice(0, 80));
  }
});

test("shapes are held against the bytes before anything is allocated", () => {
  const header = (shape: string): string => `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape})}`;
  assert.throws(() => openNpy(withHeader(header("3,"), 16)), { code: "npy/truncated" });
  assert.throws(() => openNpy(withHeader(header("4611686018427387904, 4"), 16)), { code: "npy/bad-shape" });
  assert.throws(() => openNpy(withHeader(header("9007199254740991, 9007199254740991"), 16)), { code: "npy/truncated" });
  assert.throws(() => openNpy(withHeader(header("1, ".repeat(33)), 16)), { code: "npy/bad-shape" });
});

test("other files and versions are named", () => {
  assert.throws(() => openNpy(bytesSource("x.npy", new Uint8Array(4))), { code: "npy/not-npy" });
  const future = withHeader("{}", 0).read(0, 20).slice();
  future[6] = 9;
  assert.throws(() => openNpy(bytesSource("x.npy", future)), { code: "npy/version" });
  const long = withHeader("{}", 0).read(0, 12).slice();
  long[9] = 0xff;
  assert.throws(() => openNpy(bytesSource("x.npy", long)), { code: "npy/bad-header" });
});

function source(base64: string) {
  return bytesSource("x.npy", Buffer.from(base64, "base64"));
}

/** A version 1 file with the given header and so many zero bytes after it. */
function withHeader(header: string, size: number) {
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header}\n`, "latin1");
  head.writeUInt16LE(header.length + 1, 8);
  return bytesSource("x.npy", Buffer.concat([head, Buffer.alloc(size)]));
}
